// Which Kafka the nodes' machines hold.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace baker::kafka_probe {

// "4.3.1", from the names in Kafka's folder of libraries; empty where there is no Kafka.
std::string version_among(const std::vector<std::string>& libraries);

// Of machines by name: "Kafka 4.3.1", or, while they are replaced one by one,
// "Kafka 4.2.1 (kafka-node1), 4.3.1 (kafka-node2, kafka-node3)". Empty where none is known.
std::string words_for(const std::map<std::string, std::string>& versions);

}  // namespace baker::kafka_probe
