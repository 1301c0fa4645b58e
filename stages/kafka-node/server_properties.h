// server.properties of a node: what follows from its settings, with the user's own on top.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node_settings.h"

namespace baker::kafka_node {

using Properties = std::map<std::string, std::string>;

// `modern`: Kafka 4, which has share groups.
Properties properties_of(const NodeSettings& node, bool modern);

// With which a program shows who it is, and finds out with whom it speaks.
Properties tls_properties();

// A file that java.util.Properties reads as just these.
std::string properties_text(const Properties& properties);

}  // namespace baker::kafka_node
