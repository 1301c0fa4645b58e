// The options of the stage.
#pragma once

#include "connection.h"
#include "observation.h"

#include <baker/sdk/options.h>

#include <map>
#include <string>
#include <vector>

namespace baker::kafka_probe {

struct Settings {
  Access access{};
  Expected expected{};
  std::vector<std::string> machines{};  // in the order of the node ids, from 1
  std::vector<std::string> data{};      // the host's folders
  std::string topic{};
  std::string version{};  // Kafka's; empty: not told
  std::chrono::seconds deadline{};

  bool has_tls() const { return !access.settings.empty(); }
  int replicas() const;                       // of the probe's topic
  std::string machine_of(NodeId node) const;  // empty: not known
};

// "HOST:PORT" of each. Throws StageError where there is none.
std::vector<std::string> endpoints_of(const std::vector<std::string>& brokers);

// librdkafka's, none without TLS. Throws StageError where options contradict each other.
std::map<std::string, std::string> tls_settings(const Options& options);

// Throws StageError where options contradict each other.
Settings settings_of(const Options& options);

}  // namespace baker::kafka_probe
