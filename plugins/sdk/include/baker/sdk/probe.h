// The running machines, for stages of kind probe.
#pragma once

#include <baker/sdk/command.h>
#include <baker/sdk/runner.h>

#include <string>
#include <vector>

namespace baker {

class Machines {
 public:
  explicit Machines(const baker_runner* runner) : runner_(runner) {}

  // The names of this pipeline's machines that run.
  std::vector<std::string> running() const {
    return sdk::Runner(runner_).call_json("machines.running", Json::object());
  }
  // Runs a command inside a machine, as its root, in all its namespaces: systemctl and journalctl
  // work. Of `command` argv, env, input, capture and check count. Throws StageError if the machine
  // does not run.
  CommandResult run(const std::string& machine, const Command& command) const {
    Json arguments = sdk::to_json(command);
    arguments["machine"] = machine;
    return sdk::to_result(sdk::Runner(runner_).call_json("machines.run", arguments, command.input));
  }
  // The sorted names in a folder of a machine; none if there is no such folder. Symbolic links lead
  // to the machine's own files. Starts no process. Throws StageError if the machine does not run.
  std::vector<std::string> list(const std::string& machine, const std::string& folder) const {
    return sdk::Runner(runner_)
        .call_json("machines.list", {{"machine", machine}, {"folder", folder}})
        .get<std::vector<std::string>>();
  }
  // Runs a program of the host, as root, in the host's network.
  CommandResult run_on_host(const Command& command) const {
    return sdk::run_on_host(runner_, command);
  }
  // Shows the user what is being waited for: "node 3 to register". Call it when the text changes.
  void waiting_for(const std::string& what) const {
    sdk::Runner(runner_).call("log", {{"level", "waiting"}, {"text", what}});
  }

 private:
  const baker_runner* runner_;
};

// What baker remembers of a system between two times that it was brought up.
struct Before {
  Json options{};     // of this stage at the last `baker up`; null: there was none
  Json remembered{};  // what this stage asked to remember last; null: nothing
  // While machines are replaced one by one: the options that this stage had before, if they differ.
  // Some machines still run with these, so a system that satisfies them is fine, too.
  Json outgoing = Json::object();
  std::vector<std::string> leaving{};  // for `retire`: the machines that are about to be removed
};

// What a probe found in a system that works.
struct Probed {
  std::string seen{};  // one line for the user: "3 brokers, leader node 2"
  // Machines to replace or stop after all others.
  std::vector<std::string> replace_last{};
  // Machines that the system can do without for a while, one at a time. `baker test` stops the
  // first.
  std::vector<std::string> dispensable{};
  Json facts = Json::object();  // for `baker status --json`
  Json remember{};              // for Before::remembered; null keeps what was remembered
};

// A reason not to change the system as asked.
struct Objection {
  std::string text{};  // what would happen, why that is dangerous or impossible, what to do instead
  // The name of the risk, for a user who takes it: `baker up --allow lower-version`. Empty if no
  // user can.
  std::string allow{};
};

struct Review {
  std::vector<Objection> objections{};
  Json remember{};  // as in Probed
};

}  // namespace baker
