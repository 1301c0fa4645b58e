#include "observation.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "text/text.h"

namespace baker::kafka_probe {
namespace {

std::string listed(const std::vector<NodeId>& ids) {
  std::vector<std::string> words;
  for (const NodeId id : ids) words.push_back(std::to_string(id));
  return ids.empty() ? "none" : joined(words, ",");
}

std::string counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string there(const std::vector<Broker>& brokers) {
  std::vector<std::string> words;
  for (const Broker& broker : brokers)
    words.push_back(fmt::format("{} at {}", broker.id, broker.endpoint));
  return words.empty() ? "none" : joined(words, ", ");
}

std::string registration(const Cluster& cluster, const Expected& expected) {
  const std::vector<std::string> missing = missing_brokers(cluster, expected);
  const std::string which = missing.empty() ? "there: " + there(cluster.brokers)
                                            : fmt::format("missing: {}", joined(missing, ", "));
  return fmt::format("{} of {} brokers registered ({})", cluster.brokers.size(), expected.nodes,
                     which);
}

std::string trouble_of(const Partition& partition) {
  if (partition.leader == kNobody)
    return fmt::format("partition {} with a leader (replicas {})", partition.name,
                       listed(partition.replicas));
  return fmt::format("partition {} in sync (isr {} of {})", partition.name,
                     listed(partition.in_sync), listed(partition.replicas));
}

std::string troubled_partitions(const Cluster& cluster) {
  const std::size_t count = partitions_not_whole(cluster);
  const auto first = std::ranges::find_if_not(cluster.partitions, &Partition::is_whole);
  const std::string trouble = trouble_of(*first);
  return count > 1 ? fmt::format("{}, and {} more", trouble, count - 1) : trouble;
}

}  // namespace

std::vector<std::string> missing_brokers(const Cluster& cluster, const Expected& expected) {
  std::vector<std::string> missing;
  for (const std::string& endpoint : expected.brokers) {
    if (std::ranges::find(cluster.brokers, endpoint, &Broker::endpoint) == cluster.brokers.end())
      missing.push_back(endpoint);
  }
  const bool same_names = cluster.brokers.size() + missing.size() == expected.brokers.size();
  return same_names ? missing : std::vector<std::string>();
}

std::size_t partitions_not_whole(const Cluster& cluster) {
  const auto whole = std::ranges::count_if(cluster.partitions, &Partition::is_whole);
  return cluster.partitions.size() - static_cast<std::size_t>(whole);
}

std::vector<NodeId> brokers_behind(const Cluster& cluster) {
  std::set<NodeId> holding, in_sync;
  for (const Partition& partition : cluster.partitions) {
    holding.insert(partition.replicas.begin(), partition.replicas.end());
    in_sync.insert(partition.in_sync.begin(), partition.in_sync.end());
  }
  std::vector<NodeId> behind;
  std::ranges::set_difference(holding, in_sync, std::back_inserter(behind));
  return behind;
}

std::string what_is_missing(const Observation& seen, const Expected& expected) {
  if (seen.cluster.brokers.size() < expected.nodes) return registration(seen.cluster, expected);
  if (expected.knows_quorum && seen.quorum.leader == kNobody)
    return fmt::format("a leader of the quorum (epoch {} has none)", seen.quorum.epoch);
  if (!expected.knows_quorum && seen.cluster.controller == kNobody) return "a controller";
  if (partitions_not_whole(seen.cluster) > 0) return troubled_partitions(seen.cluster);
  if (!seen.silent.empty())
    return fmt::format("an answer from broker {} at {}", seen.silent.front().id,
                       seen.silent.front().endpoint);
  return "";
}

std::string summary_of(const Observation& seen) {
  std::string text = counted(seen.cluster.brokers.size(), "broker");
  if (!seen.silent.empty()) text += fmt::format(" ({} silent)", seen.silent.size());
  if (seen.quorum.leader != kNobody)
    text += fmt::format(", leader node {} (epoch {})", seen.quorum.leader, seen.quorum.epoch);
  const std::size_t troubled = partitions_not_whole(seen.cluster);
  const std::string partitions = counted(seen.cluster.partitions.size(), "partition");
  if (troubled == 0) return fmt::format("{}, {} in sync", text, partitions);
  return fmt::format("{}, {} of {} not in sync", text, troubled, partitions);
}

}  // namespace baker::kafka_probe
