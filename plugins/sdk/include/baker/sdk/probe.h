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
  // A command inside a machine, as root, with the machine's files, network and users. `env`,
  // `input`, `capture` and `check` of the command count. Throws StageError where the machine does
  // not run.
  CommandResult run(const std::string& machine, const Command& command) const {
    Json arguments = sdk::to_json(command);
    arguments["machine"] = machine;
    return sdk::to_result(sdk::Runner(runner_).call_json("machines.run", arguments, command.input));
  }
  // The names in a folder of a machine, sorted; none where it is absent. Symbolic links lead to the
  // machine's own files. Takes no process in it. Throws StageError where the machine does not run.
  std::vector<std::string> list(const std::string& machine, const std::string& folder) const {
    return sdk::Runner(runner_)
        .call_json("machines.list", {{"machine", machine}, {"folder", folder}})
        .get<std::vector<std::string>>();
  }
  // A program of the host, in the host's network.
  CommandResult run_on_host(const Command& command) const {
    return sdk::run_on_host(runner_, command);
  }
  // What is being waited for at the moment, shown to the user: "node 3 to register".
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
  // While machines are replaced one by one, the options that this stage had for those that wait to
  // be: what holds for these is as good. Empty: none waits, or they were the same.
  Json outgoing = Json::object();
};

// What a probe found once the system does what it is for.
struct Probed {
  std::string seen{};  // for a person, one line: "3 brokers, leader node 2"
  // Machines that should be replaced after all others, when machines are replaced one by one.
  std::vector<std::string> replace_last{};
  // Machines that the system can do without for a while, each alone; the first is the one to try.
  std::vector<std::string> dispensable{};
  Json facts = Json::object();  // for `baker status --json`
  Json remember{};              // for a later review; null: what was remembered stays
};

// Something that speaks against changing the system as asked.
struct Objection {
  std::string text{};  // what it would do, why that is dangerous or impossible, what to do instead
  // The name of the risk, for a user who takes it: `baker up --allow lower-version`. Empty: it
  // can't be done, whoever wants it.
  std::string allow{};
};

struct Review {
  std::vector<Objection> objections{};
  Json remember{};  // as in Probed
};

}  // namespace baker
