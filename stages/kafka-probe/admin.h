// What is asked of the cluster's administration.
#pragma once

#include "connection.h"

#include <string>
#include <vector>

namespace baker::kafka_probe {

// Makes a topic of one partition whose messages do not stay for long. Returns why not; empty where
// it exists now.
std::string create_topic(Connection& producer, const std::string& name, int replicas,
                         milliseconds patience);

// Those of the brokers that do not answer a request of their own. A cluster knows a broker that was
// killed for as long as its session lasts, and one that starts before it listens.
std::vector<Broker> silent_brokers(Connection& producer, const std::vector<Broker>& brokers,
                                   milliseconds patience);

}  // namespace baker::kafka_probe
