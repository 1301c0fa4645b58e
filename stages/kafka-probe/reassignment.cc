#include "reassignment.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

namespace baker::kafka_probe {
namespace {

bool stays(NodeId id, std::size_t staying) {
  return id >= 1 && id <= static_cast<NodeId>(staying);
}

std::map<NodeId, std::size_t> replicas_by_broker(const Cluster& cluster, std::size_t staying) {
  std::map<NodeId, std::size_t> count;
  for (NodeId id = 1; id <= static_cast<NodeId>(staying); ++id) count[id] = 0;
  for (const Partition& partition : cluster.partitions) {
    for (NodeId id : partition.replicas)
      if (stays(id, staying)) ++count[id];
  }
  return count;
}

// kNobody where each has one.
NodeId emptiest_besides(const std::vector<NodeId>& taken,
                        const std::map<NodeId, std::size_t>& count) {
  NodeId best = kNobody;
  for (const auto& [id, replicas] : count) {
    if (std::ranges::find(taken, id) != taken.end()) continue;
    if (best == kNobody || replicas < count.at(best)) best = id;
  }
  return best;
}

}  // namespace

std::vector<const Partition*> partitions_on_leaving(const Cluster& cluster, std::size_t staying) {
  std::vector<const Partition*> found;
  for (const Partition& partition : cluster.partitions) {
    if (std::ranges::any_of(partition.replicas, [&](NodeId id) { return !stays(id, staying); }))
      found.push_back(&partition);
  }
  return found;
}

std::vector<Move> moves_to_staying(const Cluster& cluster, std::size_t staying) {
  std::map<NodeId, std::size_t> count = replicas_by_broker(cluster, staying);
  std::vector<Move> moves;
  for (const Partition* partition : partitions_on_leaving(cluster, staying)) {
    const std::size_t dash = partition->name.rfind('-');
    Move move{partition->name.substr(0, dash), std::atoi(partition->name.c_str() + dash + 1), {}};
    std::ranges::copy_if(partition->replicas, std::back_inserter(move.replicas),
                         [&](NodeId id) { return stays(id, staying); });
    while (move.replicas.size() < partition->replicas.size()) {
      const NodeId next = emptiest_besides(move.replicas, count);
      if (next == kNobody) break;
      move.replicas.push_back(next);
      ++count[next];
    }
    moves.push_back(move);
  }
  return moves;
}

std::string reassignment_json(const std::vector<Move>& moves) {
  nlohmann::json partitions = nlohmann::json::array();
  for (const Move& move : moves)
    partitions.push_back(
        {{"topic", move.topic}, {"partition", move.partition}, {"replicas", move.replicas}});
  return nlohmann::json{{"version", 1}, {"partitions", partitions}}.dump();
}

}  // namespace baker::kafka_probe
