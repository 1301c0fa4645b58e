// Kafka's name for a cluster: 16 bytes, written as 22 characters of base64url.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace baker::kafka_node {

// The id that follows from a name, always the same: a version 4 UUID out of the name's SHA-256.
// Holds no '-', which Kafka's tools would take for an option.
std::string cluster_id_of(const std::string& name);

// Why Kafka would not take `id` as the id of a cluster; nothing where it would.
std::optional<std::string> mistake_in_cluster_id(std::string_view id);

}  // namespace baker::kafka_node
