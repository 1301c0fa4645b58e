// Where a broker is, as "HOST:PORT".
#pragma once

#include <string>

namespace baker::kafka_probe {

// An IPv6 address is put into brackets.
std::string endpoint(const std::string& host, int port);

// From "HOST", "HOST:PORT", "[IPV6]", "[IPV6]:PORT" or "IPV6", with Kafka's port where none is
// given.
std::string endpoint_of(const std::string& broker);

}  // namespace baker::kafka_probe
