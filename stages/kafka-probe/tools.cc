#include "tools.h"

#include <baker/sdk/error.h>

#include <algorithm>

namespace baker::kafka_probe {

Tools::Tools(const Settings& settings, const Machines& machines) : machines_(machines) {
  const std::vector<std::string> running = machines.running();
  const auto node = std::ranges::find_if(settings.machines, [&](const std::string& name) {
    return std::ranges::find(running, name) != running.end();
  });
  if (node != settings.machines.end()) machine_ = *node;
}

// The login shell brings the tools, Java and the brokers' addresses.
CommandResult Tools::run(const std::string& command_line, const std::string& input) const {
  const std::string cluster =
      "CLUSTER=\"--bootstrap-server $KAFKA_BROKERS --command-config "
      "/etc/kafka/client.properties\"; ";
  return machines_.run(machine_,
                       {.argv = {"timeout", "60", "sh", "-lc", cluster + command_line + " 2>&1"},
                        .input = input,
                        .capture = true,
                        .check = false});
}

std::string Tools::run_or_throw(const std::string& command_line, const std::string& purpose,
                                const std::string& input) const {
  if (machine_.empty()) throw StageError(purpose + ": no node runs");
  const CommandResult result = run(command_line, input);
  if (result.exit_status != 0)
    throw StageError(purpose + "; `" + command_line.substr(0, command_line.find(' ')) + "` in " +
                     machine_ + " says: " + result.output);
  return result.output;
}

}  // namespace baker::kafka_probe
