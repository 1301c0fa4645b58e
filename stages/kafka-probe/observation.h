// What is seen of a cluster at one moment, and what of it is still missing.
#pragma once

#include "cluster.h"
#include "quorum_state.h"

#include <string>
#include <vector>

namespace baker::kafka_probe {

struct Expected {
  std::vector<std::string> brokers{};  // endpoints
  std::size_t nodes = 0;               // how many of them must be registered
  bool knows_quorum = false;           // whether the quorum's state can be read
};

struct Observation {
  Cluster cluster{};
  QuorumState quorum{};
  std::vector<Broker> silent{};  // registered, but they do not answer
};

// The expected brokers that are not registered; empty where they go by other names there.
std::vector<std::string> missing_brokers(const Cluster& cluster, const Expected& expected);

// How many partitions have no leader or are not in sync.
std::size_t partitions_not_whole(const Cluster& cluster);

// Brokers that hold replicas and are in sync with none of them. One that starts again and again is
// registered for a while each time, and never gets further.
std::vector<NodeId> brokers_behind(const Cluster& cluster);

// The first thing that keeps the cluster from being whole, for a person: "2 of 3 brokers registered
// (missing: 10.88.0.13:9092)". Empty: nothing.
std::string what_is_missing(const Observation& seen, const Expected& expected);

// "3 brokers, leader node 2 (epoch 5), 12 partitions in sync"
std::string summary_of(const Observation& seen);

}  // namespace baker::kafka_probe
