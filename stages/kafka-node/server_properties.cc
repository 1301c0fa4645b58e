#include "server_properties.h"

#include <fmt/core.h>

namespace baker::kafka_node {
namespace {

constexpr const char* kControllers = "CONTROLLER";

std::string voters_of(const NodeSettings& node) {
  std::string voters;
  for (std::int64_t id = 1; id <= node.controllers(); ++id) {
    const std::string& host = node.hosts.at(static_cast<std::size_t>(id) - 1);
    voters += fmt::format("{}{}@{}", id == 1 ? "" : ",", id, endpoint(host, node.controller_port));
  }
  return voters;
}

std::string listener(const char* name, const std::string& at) {
  return std::string(name) + "://" + at;
}

void add_listeners(Properties& all, const NodeSettings& node) {
  const char* const protocol = node.tls ? "SSL" : "PLAINTEXT";
  const char* const clients = protocol;
  all["listeners"] = listener(clients, endpoint("", node.port));
  if (node.is_controller()) {
    all["listeners"] += "," + listener(kControllers, endpoint("", node.controller_port));
  }
  all["advertised.listeners"] = listener(clients, endpoint(node.host(), node.port));
  all["inter.broker.listener.name"] = clients;
  all["controller.listener.names"] = kControllers;
  all["listener.security.protocol.map"] =
      std::string(clients) + ":" + protocol + "," + kControllers + ":" + protocol;
  if (!node.tls) return;
  all.merge(tls_properties());
  all["ssl.client.auth"] = "required";
}

void add_replication(Properties& all, const NodeSettings& node, bool modern) {
  const std::string replicas = std::to_string(node.replicas());
  const std::string in_sync = std::to_string(node.in_sync_replicas());
  all["default.replication.factor"] = replicas;
  all["min.insync.replicas"] = in_sync;
  all["offsets.topic.replication.factor"] = replicas;
  all["transaction.state.log.replication.factor"] = replicas;
  all["transaction.state.log.min.isr"] = in_sync;
  if (modern) {
    all["share.coordinator.state.topic.replication.factor"] = replicas;
    all["share.coordinator.state.topic.min.isr"] = in_sync;
  }
}

// What makes a small cluster quick to start and to get in sync again.
void add_times(Properties& all, const NodeSettings& node) {
  all["broker.session.timeout.ms"] = std::to_string(node.session_timeout_ms);
  all["broker.heartbeat.interval.ms"] = std::to_string(node.session_timeout_ms / 6);
  all["replica.fetch.backoff.ms"] = "100";
  all["group.initial.rebalance.delay.ms"] = "0";
  // Taken from the heap at the start, 128 MB unless told otherwise. It is enough to clean 600,000
  // keys at a time.
  all["log.cleaner.dedupe.buffer.size"] = std::to_string(16 << 20);
}

// A backslash is an escape to java.util.Properties, and a value's leading space is skipped.
std::string escaped(const std::string& value) {
  std::string text;
  for (char each : value) {
    if (each == '\\' || (each == ' ' && text.empty())) text += '\\';
    text += each;
  }
  return text;
}

}  // namespace

Properties properties_of(const NodeSettings& node, bool modern) {
  Properties all;
  all["process.roles"] = node.is_controller() ? "broker,controller" : "broker";
  all["node.id"] = std::to_string(node.id);
  all["controller.quorum.voters"] = voters_of(node);
  all["log.dirs"] = node.data;
  add_listeners(all, node);
  add_replication(all, node, modern);
  add_times(all, node);
  for (const auto& [key, value] : node.config) all[key] = value;
  return all;
}

Properties tls_properties() {
  return {{"ssl.keystore.type", "PEM"},
          {"ssl.keystore.location", kTlsIdentity},
          {"ssl.truststore.type", "PEM"},
          {"ssl.truststore.location", kTlsAuthority}};
}

std::string properties_text(const Properties& properties) {
  std::string text;
  for (const auto& [key, value] : properties) text += key + "=" + escaped(value) + "\n";
  return text;
}

}  // namespace baker::kafka_node
