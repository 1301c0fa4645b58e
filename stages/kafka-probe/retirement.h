// Lets brokers go: what they hold moves to those that stay, and the cluster forgets them. One that
// is still registered keeps the cluster's features from being raised, for ever.
#pragma once

#include "settings.h"

#include <baker/sdk/probe.h>

#include <set>
#include <string>

namespace baker::kafka_probe {

// The brokers that the cluster or `remembered` (what served_with said last) knows, and `settings`
// don't. Throws StageError where no broker answers.
std::set<NodeId> brokers_that_leave(const Settings& settings, const Json& remembered);

// Moves their partitions, and waits for that until the deadline has passed; then stops Kafka in
// those of the machines in `leaving` that run, and has the cluster forget them. Says what it waits
// for. Throws StageError.
void retire(const std::set<NodeId>& brokers, const Settings& settings,
            const std::vector<std::string>& leaving, const Machines& machines);

}  // namespace baker::kafka_probe
