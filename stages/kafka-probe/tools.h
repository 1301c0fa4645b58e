// Kafka's own programs, which run in one of the nodes' machines.
#pragma once

#include "settings.h"

#include <baker/sdk/probe.h>

#include <optional>
#include <string>

namespace baker::kafka_probe {

class Tools {
 public:
  // Both outlive this.
  Tools(const Settings& settings, const Machines& machines);

  // Where they run; empty: no node's machine does.
  const std::string& machine() const { return machine_; }
  // A command line for the shell, in which $CLUSTER stands for what every tool needs to find the
  // brokers, in the machine's environment. `input` is its standard input.
  CommandResult run(const std::string& command_line, const std::string& input = "") const;
  // The same; throws StageError with what it said where it fails, or no machine runs.
  std::string run_or_throw(const std::string& command_line, const std::string& purpose,
                           const std::string& input = "") const;

 private:
  const Machines& machines_;
  std::string machine_;
};

}  // namespace baker::kafka_probe
