#include "engine/bake/step_runner.h"

#include "engine/base/text.h"
#include "engine/io/random_bytes.h"

namespace baker {
namespace {

constexpr std::int64_t kSecondsOfAMinute = 60;

class SlurmRunner : public StepRunner {
 public:
  SlurmRunner(std::string partition, unsigned jobs)
      : partition_(std::move(partition)), token_(hex_encode(random_bytes(8))), jobs_(jobs) {}

  bool has_free_place() const override { return taken_ < jobs_; }

  std::optional<StepPlace> take(const StepLimits& limits) override {
    if (!has_free_place()) return std::nullopt;
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
