// A command that a stage runs, and how it ended.
#pragma once

#include <baker/sdk/options.h>
#include <baker/sdk/runner.h>

#include <map>
#include <string>
#include <vector>

namespace baker {

struct Command {
  std::vector<std::string> argv;             // argv[0] is looked up in PATH
  std::map<std::string, std::string> env{};  // on top of a small fixed environment
  std::string input{};                       // standard input; empty: nothing to read
  // Inside a root only: folders or files of the stage's view (pinned content, inputs, scratch)
  // that the command sees read-only, as {path in the view, path in the root}.
  std::map<std::string, std::string> binds{};
  // Inside a root only, and only while resolving or fetching.
  bool network = false;
  // Return standard output instead of writing it to the stage's log.
  bool capture = false;
  // Throw StageError unless the command ends with 0.
  bool check = true;
  std::string directory{};  // working directory; empty: / in a root, the scratch folder on the host
};

struct CommandResult {
  int exit_status = 0;  // 128 + the number of the signal that ended the command
  std::string output{};
};

namespace sdk {
inline Json to_json(const Command& command) {
  return {{"argv", command.argv},          {"env", command.env},         {"binds", command.binds},
          {"network", command.network},    {"capture", command.capture}, {"check", command.check},
          {"directory", command.directory}};
}
inline CommandResult to_result(const Json& reply) {
  return {reply.at("exit").get<int>(), reply.at("output").get<std::string>()};
}
inline CommandResult run_on_host(const baker_runner* runner, const Command& command) {
  return to_result(Runner(runner).call_json("host.run", to_json(command), command.input));
}
}  // namespace sdk

}  // namespace baker
