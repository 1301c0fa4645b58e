// Where layer stages run that are baked: on this host, or on others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace baker {

struct StepLimits {
  std::int64_t timeout_seconds = 0;
  std::string name;  // of the stage
};

// A place for one stage, for as long as it runs there.
struct StepPlace {
  std::string where;                 // for messages: "node3", "slurm"
  std::vector<std::string> command;  // reads a request to a worker, and prints its events
  std::vector<std::string> cancel;  // ends what `command` began elsewhere; empty: its end does that
};

class StepRunner {
 public:
  virtual ~StepRunner() = default;
  virtual bool has_free_place() const = 0;
  // Nothing while all places are taken.
  virtual std::optional<StepPlace> take(const StepLimits& limits) = 0;
  // `works`: whether it can have another stage.
  virtual void give_back(const StepPlace& place, bool works) = 0;
  // How many there are that work. With none, stages run on this host.
  virtual std::size_t places() const = 0;
};

// Hosts that the user's own ssh reaches, each with one stage at a time.
std::unique_ptr<StepRunner> ssh_runner(const std::vector<std::string>& hosts);
// Jobs of a Slurm cluster; `partition` empty: its own default. At most `jobs` wait or run.
std::unique_ptr<StepRunner> slurm_runner(const std::string& partition, unsigned jobs);

// Of "ssh:HOST,HOST", "slurm" or "slurm:PARTITION". Throws Error (kInvalid).
std::unique_ptr<StepRunner> step_runner(const std::string& text, unsigned jobs);

}  // namespace baker
