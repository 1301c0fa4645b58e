#include "engine/cli/remote_plan.h"

#include "engine/base/error.h"
#include "engine/report/words.h"

#include <set>

namespace baker {
namespace {

class Search {
 public:
  Search(Session& session, const RemoteSettings& remote, int interrupt_fd)
      : session_(session), remote_(remote), interrupt_fd_(interrupt_fd) {
    plan_.remote = remote.url;
  }

  // What is above a layer has a key once that is known.
  RemotePlan run() {
    for (;;) {
      plan_.planned = session_.planner().plan(elsewhere_);
      const std::vector<std::string> keys = new_keys();
      if (keys.empty()) return std::move(plan_);
      try {
        ask(keys);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kInterrupted) throw;
        plan_.trouble = error.describe();
        return std::move(plan_);
      }
    }
  }

 private:
  std::vector<std::string> new_keys() {
    std::vector<std::string> keys;
    for (const PlannedStage& stage : plan_.planned)
      if (stage.action == StageAction::kBake && stage.key && asked_.insert(stage.key->hex).second)
        keys.push_back(stage.key->hex);
    return keys;
  }

  void ask(const std::vector<std::string>& keys) {
    nlohmann::json request = request_to(remote_);
    request["keys"] = keys;
    const nlohmann::json reply = ask_remote("find", request, {}, interrupt_fd_);
    for (const auto& [key, record] : reply.at("found").items()) {
      const auto layer = Digest::from_hex(record.at("layer").get<std::string>());
      if (!layer) continue;
      elsewhere_.emplace(key, *layer);
      plan_.baked[key] = record.value("finished", std::int64_t{0});
    }
    for (const auto& [key, why] : reply.at("refused").items()) plan_.refused[key] = why;
  }

  Session& session_;
  const RemoteSettings& remote_;
  int interrupt_fd_;
  RemotePlan plan_;
  std::set<std::string> asked_;
  std::map<std::string, Digest> elsewhere_;
};

}  // namespace

std::string RemotePlan::note_on(const PlannedStage& stage) const {
  if (!stage.key) return "";
  if (stage.action == StageAction::kPull)
    return "baked elsewhere " + local_time(baked.at(stage.key->hex)) + ", and is in " + remote;
  const auto found = refused.find(stage.key->hex);
  return found == refused.end() ? "" : "the layer in " + remote + " is not used: " + found->second;
}

RemotePlan plan_with_remote(Session& session, const Settings& settings, int interrupt_fd) {
  if (const std::optional<RemoteSettings> remote = remote_of(settings))
    return Search(session, *remote, interrupt_fd).run();
  RemotePlan plan;
  plan.planned = session.planner().plan();
  return plan;
}

}  // namespace baker
