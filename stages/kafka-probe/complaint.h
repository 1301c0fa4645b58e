// What librdkafka says of a broker that it cannot reach.
#pragma once

#include <string>

namespace baker::kafka_probe {

struct Complaint {
  std::string endpoint{};  // empty: of no broker in particular
  std::string reason{};
};

// From "10.88.0.13:9092/bootstrap: Connect to ipv4#10.88.0.13:9092 failed: Connection refused
// (after 0ms in state CONNECT)": the endpoint, and "Connection refused".
Complaint parse_complaint(const std::string& text);

}  // namespace baker::kafka_probe
