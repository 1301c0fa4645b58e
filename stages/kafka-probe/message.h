// One message through the cluster and back.
#pragma once

#include "connection.h"

#include <string>

namespace baker::kafka_probe {

// Sends `text` to the topic's first partition, to be acknowledged by all replicas in sync, and
// reads it back from where it was put. No consumer group is made. Returns why not; empty where it
// came back.
std::string exchange_message(const Access& access, const std::string& topic,
                             const std::string& text, milliseconds patience);

}  // namespace baker::kafka_probe
