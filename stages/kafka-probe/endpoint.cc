#include "endpoint.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker::kafka_probe {
namespace {

constexpr int kPort = 9092;

}  // namespace

std::string endpoint(const std::string& host, int port) {
  const bool needs_brackets = host.find(':') != host.npos;
  return needs_brackets ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string endpoint_of(const std::string& broker) {
  const bool is_bare_ipv6 = !broker.starts_with('[') && std::ranges::count(broker, ':') > 1;
  if (is_bare_ipv6) return endpoint(broker, kPort);
  const auto after_address = broker.starts_with('[') ? broker.find(']') : 0;
  const bool has_port = broker.find(':', after_address) != broker.npos;
  return has_port ? broker : fmt::format("{}:{}", broker, kPort);
}

}  // namespace baker::kafka_probe
