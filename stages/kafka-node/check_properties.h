// Finds in a configuration what Kafka would refuse only when it starts, or never notice.
#pragma once

#include <string>
#include <vector>

#include "server_properties.h"

namespace baker::kafka_node {

// What the user's `config` may not say, because options say it.
std::vector<std::string> mistakes_in_config(const NodeSettings& node);

// What does not fit together in the finished properties of a node.
std::vector<std::string> mistakes_in_properties(const Properties& properties,
                                                const NodeSettings& node);

}  // namespace baker::kafka_node
