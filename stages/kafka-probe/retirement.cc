#include "retirement.h"

#include "reassignment.h"
#include "tools.h"
#include "waiting.h"

#include <baker/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace baker::kafka_probe {
namespace {

constexpr milliseconds kBrokersAnswer(5000);
constexpr milliseconds kBetweenAsking(500);

Cluster cluster_of(Connection& connection) {
  const std::optional<Cluster> cluster = connection.cluster(kBrokersAnswer);
  if (!cluster) throw StageError("no broker answers, to say what those that leave still have");
  return *cluster;
}

void move_partitions(const Settings& settings, const Tools& tools, const Machines& machines) {
  Connection connection(RD_KAFKA_PRODUCER, settings.access);
  const std::size_t staying = settings.access.brokers.size();
  const std::vector<Move> moves = moves_to_staying(cluster_of(connection), staying);
  if (moves.empty()) return;
  tools.run_or_throw(
      "kafka-reassign-partitions.sh $CLUSTER --execute --reassignment-json-file /dev/stdin",
      "the partitions of the brokers that leave can't be moved", reassignment_json(moves));
  const Deadline deadline(settings.deadline);
  Waiting waiting(machines);
  for (;;) {
    const std::size_t left = partitions_on_leaving(cluster_of(connection), staying).size();
    if (left == 0) return;
    const std::string what =
        fmt::format("{} of {} partitions to move to the brokers that stay", left, moves.size());
    if (deadline.has_passed())
      throw StageError(
          fmt::format("after {} s, {} are still on their way: it goes on; the next "
                      "`baker up` takes the machines away",
                      settings.deadline.count(), what));
    waiting.wait_for(what);
    std::this_thread::sleep_for(kBetweenAsking);
  }
}

void stop_kafka(const std::vector<std::string>& leaving, const Machines& machines) {
  const std::vector<std::string> running = machines.running();
  for (const std::string& machine : leaving) {
    if (std::ranges::find(running, machine) == running.end()) continue;
    machines.run(machine, {.argv = {"systemctl", "stop", "kafka.service"}, .check = false});
  }
}

void forget(NodeId broker, const Tools& tools) {
  const CommandResult result = tools.run(
      fmt::format("kafka-cluster.sh unregister --bootstrap-server \"$KAFKA_BROKERS\" --config "
                  "/etc/kafka/client.properties --id {}",
                  broker));
  // An id that the cluster does not know, or no longer, is what is wanted.
  if (result.exit_status != 0 && result.output.find("BrokerIdNotRegistered") == std::string::npos)
    throw StageError(fmt::format("the cluster can't forget broker {}: {}", broker, result.output));
}

}  // namespace

std::set<NodeId> brokers_that_leave(const Settings& settings, const Json& remembered) {
  const auto staying = static_cast<NodeId>(settings.access.brokers.size());
  std::set<NodeId> leaving;
  Connection connection(RD_KAFKA_PRODUCER, settings.access);
  const Cluster cluster = cluster_of(connection);
  for (const Broker& broker : cluster.brokers)
    if (broker.id > staying) leaving.insert(broker.id);
  for (const Partition& partition : cluster.partitions) {
    for (NodeId id : partition.replicas)
      if (id > staying) leaving.insert(id);
  }
  if (!remembered.is_object()) return leaving;
  for (const auto& [node, data] : remembered.items()) {
    const NodeId id = std::atoi(node.c_str());
    if (id > staying) leaving.insert(id);
  }
  return leaving;
}

void retire(const std::set<NodeId>& brokers, const Settings& settings,
            const std::vector<std::string>& leaving, const Machines& machines) {
  if (brokers.empty()) return;
  const Tools tools(settings, machines);
  if (tools.machine().empty())
    throw StageError("no node runs that could have the others forgotten");
  move_partitions(settings, tools, machines);
  stop_kafka(leaving, machines);
  for (const NodeId broker : brokers) forget(broker, tools);
}

}  // namespace baker::kafka_probe
