// The feature level of a running cluster, which Kafka's own tool tells and raises. It runs in one
// of the nodes' machines.
#pragma once

#include "release.h"
#include "settings.h"

#include <baker/sdk/probe.h>

#include <optional>
#include <string>

namespace baker::kafka_probe {

// The finalised metadata.version; nothing where no machine runs or no broker answers it.
std::optional<std::string> finalized_level(const Settings& settings, const Machines& machines);

// Raises every feature to what `release` brought. Throws StageError with what the tool said.
void raise_features(const Release& release, const Settings& settings, const Machines& machines);

}  // namespace baker::kafka_probe
