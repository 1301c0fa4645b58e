// Kafka's lists of listeners, and what has to be true of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server_properties.h"

namespace baker::kafka_node {

std::vector<std::string> split_list(const std::string& text);

std::vector<std::string> mistakes_in_listeners(const Properties& properties,
                                               const NodeSettings& node);

}  // namespace baker::kafka_node
