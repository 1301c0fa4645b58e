// What of a broker's journal tells why it does not serve.
#pragma once

#include <cstddef>
#include <string>

namespace baker::kafka_probe {

// The last `count` lines that are neither steps of a stack trace nor word of daily work; where
// there are no others, the last ones as they are.
std::string telling_lines(const std::string& journal, std::size_t count);

}  // namespace baker::kafka_probe
