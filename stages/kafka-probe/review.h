// Whether a cluster can go from what it is to what its options say now.
#pragma once

#include "cluster.h"
#include "settings.h"

#include <baker/sdk/probe.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace baker::kafka_probe {

// What a run would change: the cluster before, and after.
struct Transition {
  std::size_t brokers_before = 0;
  std::size_t brokers_after = 0;
  std::string version_before{};  // empty: not told
  std::string version_after{};
  bool tls_before = false;
  bool tls_after = false;
  bool runs = false;              // any of its machines
  std::string down_command = {};  // what stops them, for a message
  // Called only where the answer counts.
  std::function<std::optional<std::string>()> finalized{};  // metadata.version; nothing: not known
  std::function<std::optional<Cluster>()> cluster{};        // nothing: it does not answer
};

std::vector<Objection> objections_to(const Transition& transition);

// The same where nothing is known of the cluster but the metadata.version of its data, if that is.
std::vector<Objection> objections_to_data(const std::optional<std::string>& level,
                                          const std::string& version);

}  // namespace baker::kafka_probe
