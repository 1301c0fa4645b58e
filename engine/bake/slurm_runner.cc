#include "engine/bake/step_runner.h"

#include <unistd.h>

namespace baker {
namespace {

constexpr std::int64_t kSecondsOfAMinute = 60;

class SlurmRunner : public StepRunner {
 public:
  SlurmRunner(std::string partition, unsigned jobs)
      : partition_(std::move(partition)), jobs_(jobs) {}

  std::optional<StepPlace> take(const StepLimits& limits) override {
    if (taken_ >= jobs_) return std::nullopt;
    ++taken_;
    // Names the job for scancel: of one baker no two stages have the same name.
    const std::string job = "baker-" + std::to_string(getpid()) + "-" + limits.name;
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
    return StepPlace{"slurm", std::move(command), {"scancel", "--quiet", "--name=" + job}};
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
  unsigned jobs_;
  unsigned taken_ = 0;
  unsigned failures_ = 0;
};

}  // namespace

std::unique_ptr<StepRunner> slurm_runner(const std::string& partition, unsigned jobs) {
  return std::make_unique<SlurmRunner>(partition, jobs);
}

}  // namespace baker
