// One step of one stage by hand, as baker has baker-stage-runner do it: for stages of the kinds
// `host` and `probe`, which need no store.
#pragma once

#include <sys/types.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace baker::testing {

struct StepOutcome {
  bool ok = false;
  std::string error;                 // what the stage said where it failed
  nlohmann::json reply;              // where it did not
  std::vector<std::string> waiting;  // what it said it waits for, in that order
  std::vector<std::string> warnings;
  std::string printed;  // by the stage and its commands
};

// `step` is apply, remove or probe. All options of the type must be given: defaults are the
// engine's. `machines` are the inits of those that run, by name. The step runs in the network of
// the caller. `outgoing` are the options that a probe had for machines that wait to be replaced.
// Throws where the runner can't be started or says nothing.
StepOutcome run_step(const std::string& type, const std::string& step,
                     const nlohmann::json& options,
                     const std::map<std::string, pid_t>& machines = {},
                     const nlohmann::json& outgoing = nlohmann::json::object());

}  // namespace baker::testing
