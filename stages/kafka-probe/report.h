// What the probe tells when it is done, well or not.
#pragma once

#include "observation.h"
#include "settings.h"

#include <baker/sdk/probe.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace baker::kafka_probe {

// `missing` is empty where the cluster is whole.
Probed probed(const Observation& seen, const std::string& missing, const Settings& settings);

// Those that should have a registered broker in them and have none.
std::vector<std::string> machines_without_a_broker(const Cluster& cluster,
                                                   const Settings& settings);

// Why the probe gives up, after the headline: what it waited for, what was seen last (nothing where
// no broker ever answered), what kept brokers from being reached, and the end of the journals of
// machines whose brokers are not there, or in sync with nothing.
std::string account_of_failure(const std::string& headline, const std::string& waited_for,
                               const std::optional<Observation>& seen,
                               const std::map<std::string, std::string>& complaints,
                               const Settings& settings, const Machines& machines);

}  // namespace baker::kafka_probe
