#include "features.h"

#include <baker/sdk/error.h>

#include <algorithm>

namespace baker::kafka_probe {
namespace {

// A running machine of the cluster: it has Kafka's tool, and a broker to ask.
std::optional<std::string> running_node(const Settings& settings, const Machines& machines) {
  const std::vector<std::string> running = machines.running();
  for (const std::string& machine : settings.machines) {
    if (std::ranges::find(running, machine) != running.end()) return machine;
  }
  return std::nullopt;
}

// The login shell brings the tools, Java and the brokers' addresses.
CommandResult run_tool(const std::string& machine, const std::string& arguments,
                       const Machines& machines) {
  return machines.run(machine,
                      {.argv = {"timeout", "30", "sh", "-lc",
                                "exec kafka-features.sh --bootstrap-server \"$KAFKA_BROKERS\" "
                                "--command-config /etc/kafka/client.properties " +
                                    arguments + " 2>&1"},
                       .capture = true,
                       .check = false});
}

}  // namespace

std::optional<std::string> finalized_level(const Settings& settings, const Machines& machines) {
  const std::optional<std::string> machine = running_node(settings, machines);
  if (!machine) return std::nullopt;
  return finalized_in(run_tool(*machine, "describe", machines).output);
}

void raise_features(const Release& release, const Settings& settings, const Machines& machines) {
  const std::optional<std::string> machine = running_node(settings, machines);
  if (!machine) throw StageError("no node runs: its feature level can't be raised");
  const CommandResult result =
      run_tool(*machine, "upgrade --release-version " + release_name(release), machines);
  if (result.exit_status != 0) {
    throw StageError("the cluster's features can't be raised to those of Kafka " +
                     release_name(release) + "; kafka-features.sh in " + *machine +
                     " says: " + result.output);
  }
}

}  // namespace baker::kafka_probe
