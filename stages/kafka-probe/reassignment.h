// Where the partitions of brokers go that leave.
#pragma once

#include "cluster.h"

#include <cstddef>
#include <string>
#include <vector>

namespace baker::kafka_probe {

// Brokers have the ids from 1 to `staying`; higher ones leave.
std::vector<const Partition*> partitions_on_leaving(const Cluster& cluster, std::size_t staying);

// Replicas that stay, in their order, and for each that leaves the broker with the fewest: for
// kafka-reassign-partitions.sh. A partition never has two on one broker, so one that had more
// replicas than brokers stay gets fewer.
struct Move {
  std::string topic;
  int partition = 0;
  std::vector<NodeId> replicas;
};
std::vector<Move> moves_to_staying(const Cluster& cluster, std::size_t staying);

// The tool's format: {"version":1,"partitions":[{"topic","partition","replicas"}]}.
std::string reassignment_json(const std::vector<Move>& moves);

}  // namespace baker::kafka_probe
