#include "settings.h"

#include "endpoint.h"

#include <baker/sdk/error.h>

#include <algorithm>

namespace baker::kafka_probe {
namespace {

constexpr std::size_t kReplicas = 3;

}  // namespace

std::vector<std::string> endpoints_of(const std::vector<std::string>& brokers) {
  if (brokers.empty()) throw StageError("`brokers` is empty: name at least one broker to ask");
  std::vector<std::string> endpoints;
  for (const std::string& broker : brokers) endpoints.push_back(endpoint_of(broker));
  return endpoints;
}

std::map<std::string, std::string> tls_settings(const Options& options) {
  if (!options.has("tls")) return {};
  const Options tls = options.table("tls");
  if (!tls.boolean("enabled")) return {};
  if (tls.string("cert").empty() != tls.string("key").empty())
    throw StageError("`tls` has only one of `cert` and `key`: give both or none");
  std::map<std::string, std::string> settings = {{"security.protocol", "ssl"},
                                                 {"ssl.ca.location", tls.string("ca")}};
  if (!tls.string("cert").empty()) {
    settings["ssl.certificate.location"] = tls.string("cert");
    settings["ssl.key.location"] = tls.string("key");
  }
  return settings;
}

int Settings::replicas() const {
  return static_cast<int>(std::min(expected.nodes, kReplicas));
}

std::string Settings::machine_of(NodeId node) const {
  const auto index = static_cast<std::size_t>(node) - 1;
  return node >= 1 && index < machines.size() ? machines[index] : "";
}

Settings settings_of(const Options& options) {
  Settings settings;
  settings.access.brokers = endpoints_of(options.strings("brokers"));
  settings.access.settings = tls_settings(options);
  settings.machines = options.strings("machines");
  settings.data = options.strings("data");
  settings.topic = options.string("topic");
  settings.version = options.string("version");
  settings.deadline = std::chrono::seconds(options.integer("deadline"));
  settings.expected = {settings.access.brokers, settings.access.brokers.size(),
                       !settings.data.empty()};
  if (options.has("nodes"))
    settings.expected.nodes = static_cast<std::size_t>(options.integer("nodes"));
  return settings;
}

}  // namespace baker::kafka_probe
