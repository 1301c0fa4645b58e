#include "engine/bake/step_runner.h"

#include <algorithm>
#include <map>

namespace baker {
namespace {

class SshRunner : public StepRunner {
 public:
  explicit SshRunner(const std::vector<std::string>& hosts) {
    for (const std::string& host : hosts) hosts_[host] = State::kFree;
  }

  bool has_free_place() const override {
    return std::ranges::any_of(hosts_,
                               [](const auto& host) { return host.second == State::kFree; });
  }

  std::optional<StepPlace> take(const StepLimits&) override {
    for (auto& [host, state] : hosts_) {
      if (state != State::kFree) continue;
      state = State::kTaken;
      return StepPlace{host,
                       {"ssh", "-oBatchMode=yes", "-oConnectTimeout=10", "-oServerAliveInterval=5",
                        "-oServerAliveCountMax=3", "-T", "--", host, "baker worker run"},
                       {}};
    }
    return std::nullopt;
  }

  void give_back(const StepPlace& place, bool works) override {
    hosts_.at(place.where) = works ? State::kFree : State::kLost;
  }

  std::size_t places() const override {
    return static_cast<std::size_t>(std::ranges::count_if(
        hosts_, [](const auto& host) { return host.second != State::kLost; }));
  }

 private:
  enum class State { kFree, kTaken, kLost };
  std::map<std::string, State> hosts_;
};

}  // namespace

std::unique_ptr<StepRunner> ssh_runner(const std::vector<std::string>& hosts) {
  return std::make_unique<SshRunner>(hosts);
}

}  // namespace baker
