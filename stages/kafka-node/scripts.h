// What the service of a broker runs before and after it.
#pragma once

#include <string>

#include "service.h"

namespace baker::kafka_node {

// Formats the data directory before the first start: with this Kafka's own tool, or without Java,
// where the root holds what that tool would make.
std::string format_script(const NodeSettings& node, const Installation& installed);
// What systemd stops the broker with.
std::string stop_script(const NodeSettings& node);

}  // namespace baker::kafka_node
