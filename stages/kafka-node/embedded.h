// The files of files/, compiled in.
#pragma once

#include <string_view>

namespace baker::kafka_node {

// By its name, as "stop-broker.sh". Throws std::logic_error where there is none.
std::string_view embedded(std::string_view name);

}  // namespace baker::kafka_node
