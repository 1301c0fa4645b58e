// What a stage of type `jvm-cds` has left in the root, for a broker to start faster with.
#pragma once

#include <string>

#include "service.h"

namespace baker::kafka_node {

inline constexpr const char* kFastStart = "/usr/lib/kafka-cds";

// Whether it was made with this Java and these jars, one by one. For others Java would put it aside
// without a word.
bool fast_start_fits(const Root& root, const Installation& installed);

}  // namespace baker::kafka_node
