// A command that a stage runs, and how it ended.
#pragma once

#include <baker/sdk/options.h>
#include <baker/sdk/runner.h>

#include <map>
#include <string>
#include <vector>

namespace baker {

struct Command {
  // The program and its arguments; no shell reads them. A name without a slash is looked up in
  // PATH.
  std::vector<std::string> argv;
  // Added to the environment, and stronger than what it has. Inside a root that is PATH, HOME,
  // LC_ALL=C.UTF-8, DEBIAN_FRONTEND=noninteractive and SOURCE_DATE_EPOCH; on the host, what baker
  // was started with, and SOURCE_DATE_EPOCH.
  std::map<std::string, std::string> env{};
  std::string input{};  // standard input, held in memory; empty: nothing to read
  // Inside a root only: files or folders of the stage's view (pinned content, inputs, scratch)
  // that the command sees read-only, as {path in the view, path in the root}.
  std::map<std::string, std::string> binds{};
  // Inside a root only, and only while resolving or fetching: whether it has the host's network.
  bool network = false;
  // Return standard output, in memory, instead of writing it to the stage's log. Standard error
  // always goes to the log.
  bool capture = false;
  // Throw StageError unless the exit status is 0.
  bool check = true;
  std::string directory{};  // working directory; empty: / in a root, the scratch folder on the host
};

struct CommandResult {
  int exit_status = 0;   // or 128 and the number of the signal that ended the command
  std::string output{};  // with Command::capture
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
