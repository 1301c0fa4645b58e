#include "observation.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace baker::kafka_probe {
namespace {

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

std::string joined(const std::vector<NodeId>& ids) {
  std::vector<std::string> words;
  for (NodeId id : ids) words.push_back(std::to_string(id));
  return words.empty() ? "none" : joined(words, ",");
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string there(const std::vector<Broker>& brokers) {
  std::vector<std::string> words;
  for (const Broker& broker : brokers)
    words.push_back(std::to_string(broker.id) + " at " + broker.endpoint);
  return words.empty() ? "none" : joined(words, ", ");
}

std::string registration(const Cluster& cluster, const Expected& expected) {
  const std::vector<std::string> missing = missing_brokers(cluster, expected);
  return std::to_string(cluster.brokers.size()) + " of " + std::to_string(expected.nodes) +
         " brokers registered (" +
         (missing.empty() ? "there: " + there(cluster.brokers)
                          : "missing: " + joined(missing, ", ")) +
         ")";
}

std::string trouble_of(const Partition& partition) {
  if (partition.leader == kNobody)
    return "partition " + partition.name + " with a leader (replicas " +
           joined(partition.replicas) + ")";
  return "partition " + partition.name + " in sync (isr " + joined(partition.in_sync) + " of " +
         joined(partition.replicas) + ")";
}

std::string troubled_partitions(const Cluster& cluster) {
  const std::size_t count = partitions_not_whole(cluster);
  const auto first = std::ranges::find_if_not(cluster.partitions, &Partition::is_whole);
  return trouble_of(*first) + (count > 1 ? ", and " + std::to_string(count - 1) + " more" : "");
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
    return "a leader of the quorum (epoch " + std::to_string(seen.quorum.epoch) + " has none)";
  if (!expected.knows_quorum && seen.cluster.controller == kNobody) return "a controller";
  if (partitions_not_whole(seen.cluster) > 0) return troubled_partitions(seen.cluster);
  if (!seen.silent.empty())
    return "an answer from broker " + std::to_string(seen.silent.front().id) + " at " +
           seen.silent.front().endpoint;
  return "";
}

std::string summary_of(const Observation& seen) {
  std::string text = counted(seen.cluster.brokers.size(), "broker");
  if (!seen.silent.empty()) text += " (" + std::to_string(seen.silent.size()) + " silent)";
  if (seen.quorum.leader != kNobody)
    text += ", leader node " + std::to_string(seen.quorum.leader) + " (epoch " +
            std::to_string(seen.quorum.epoch) + ")";
  const std::size_t troubled = partitions_not_whole(seen.cluster);
  const std::string partitions = counted(seen.cluster.partitions.size(), "partition");
  return text + ", " +
         (troubled == 0 ? partitions + " in sync"
                        : std::to_string(troubled) + " of " + partitions + " not in sync");
}

}  // namespace baker::kafka_probe
