// What a node of a cluster is told by its options, and what follows from that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace baker::kafka_node {

struct NodeSettings {
  std::int64_t id = 0;
  std::vector<std::string> hosts{};  // of all nodes; the host of node 1 comes first
  std::string cluster_id{};
  std::int64_t port = 9092;
  std::int64_t controller_port = 9093;
  std::string data = "/data/kafka";
  std::string heap = "1g";
  std::int64_t session_timeout_ms = 3000;
  std::string log_level = "INFO";
  bool tls = false;
  std::map<std::string, std::string> config{};

  const std::string& host() const { return hosts.at(static_cast<std::size_t>(id) - 1); }
  // Two controllers would be worse than one: they can't lose either.
  std::int64_t controllers() const { return hosts.size() < 3 ? 1 : 3; }
  bool is_controller() const { return id <= controllers(); }
  std::int64_t replicas() const { return std::min<std::int64_t>(3, std::ssize(hosts)); }
  std::int64_t in_sync_replicas() const { return std::max<std::int64_t>(1, replicas() - 1); }
};

// Where a machine finds the key and certificate that it shows, and whom it trusts, as PEM.
inline constexpr const char* kTlsIdentity = "/etc/kafka/tls/identity.pem";
inline constexpr const char* kTlsAuthority = "/etc/kafka/tls/ca.pem";

// "10.88.0.11:9092"; an IPv6 address comes in brackets.
std::string endpoint(const std::string& host, std::int64_t port);
// Where clients ask for the others: the first brokers, so that one more changes nothing for them.
std::string bootstrap_servers(const NodeSettings& node);

// What is wrong with the hosts (of nodes and clients), and with the settings of a node; each says
// what to do about it.
std::vector<std::string> mistakes_in_hosts(const std::vector<std::string>& hosts);
std::vector<std::string> mistakes_in_settings(const NodeSettings& node);

}  // namespace baker::kafka_node
