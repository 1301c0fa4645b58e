#include "engine/bake/step_runner.h"

#include "engine/base/error.h"
#include "engine/base/text.h"

#include <sys/random.h>

namespace baker {
namespace {

constexpr std::int64_t kSecondsOfAMinute = 60;

std::string random_token() {
  std::string bytes(8, '\0');
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error("cannot get random bytes");
  return hex_encode(bytes);
}

class SlurmRunner : public StepRunner {
 public:
  SlurmRunner(std::string partition, unsigned jobs)
      : partition_(std::move(partition)), token_(random_token()), jobs_(jobs) {}

  std::optional<StepPlace> take(const StepLimits& limits) override {
    if (taken_ >= jobs_) return std::nullopt;
    ++taken_;
    // By this scancel finds it: no other baker, on whatever host, gives a job the same name.
    const std::string job = "baker-" + token_ + "-" + limits.name;
    const std::int64_t minutes = limits.timeout_seconds / kSecondsOfAMinute + 1;
    std::vector<std::string> command = {"srun",
                                        "--quiet",
                                        "--nodes=1",
                                        "--ntasks=1",
                                        "--job-name=" + job,
                                        "--unbuffered",
                                        "--time=" + std::to_string(minutes)};
    if (!partition_.empty()) command.push_back("--partition=" + partition_);
    for (const char* word : {"baker", "worker", "run"}) command.emplace_back(word);
    return StepPlace{"slurm",
                     std::move(command),
                     {"timeout", "10", "scancel", "--quiet", "--me", "--name=" + job}};
  }

  // A job that failed says nothing about the next one: Slurm finds another node.
  void give_back(const StepPlace&, bool works) override {
    --taken_;
    if (!works && ++failures_ >= kMostFailures) jobs_ = 0;
  }

  std::size_t places() const override { return jobs_; }

 private:
  static constexpr unsigned kMostFailures = 3;
  std::string partition_;
  std::string token_;
  unsigned jobs_;
  unsigned taken_ = 0;
  unsigned failures_ = 0;
};

}  // namespace

std::unique_ptr<StepRunner> slurm_runner(const std::string& partition, unsigned jobs) {
  return std::make_unique<SlurmRunner>(partition, jobs);
}

}  // namespace baker
