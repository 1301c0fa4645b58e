// What a cluster tells of itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace baker::kafka_probe {

using NodeId = std::int32_t;
constexpr NodeId kNobody = -1;

struct Broker {
  NodeId id = kNobody;
  std::string endpoint{};  // as it advertises itself
};

struct Partition {
  std::string name{};  // "orders-0"
  NodeId leader = kNobody;
  std::vector<NodeId> replicas{};
  std::vector<NodeId> in_sync{};

  bool is_whole() const { return leader != kNobody && in_sync.size() == replicas.size(); }
};

struct Cluster {
  std::vector<Broker> brokers{};  // those that are registered and not fenced
  NodeId controller = kNobody;    // a broker that takes requests for the controller
  std::vector<Partition> partitions{};
};

}  // namespace baker::kafka_probe
