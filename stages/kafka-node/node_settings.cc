#include "node_settings.h"

#include <fmt/core.h>

#include <set>

#include "cluster_id.h"

namespace baker::kafka_node {
namespace {

bool means_this_machine(const std::string& host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1";
}

bool means_every_address(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

}  // namespace

std::string endpoint(const std::string& host, std::int64_t port) {
  const bool ipv6 = host.find(':') != host.npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string bootstrap_servers(const NodeSettings& node) {
  constexpr std::size_t kEnough = 3;
  std::string servers;
  for (std::size_t i = 0; i < std::min(node.hosts.size(), kEnough); ++i) {
    servers += (servers.empty() ? "" : ",") + endpoint(node.hosts[i], node.port);
  }
  return servers;
}

std::vector<std::string> mistakes_in_hosts(const std::vector<std::string>& hosts) {
  if (hosts.empty()) return {"`hosts` is empty: give one name or address for each node"};
  std::vector<std::string> mistakes;
  std::set<std::string> seen;
  for (const std::string& host : hosts) {
    const std::string quoted = "\"" + host + "\" in `hosts` ";
    if (!seen.insert(host).second) {
      mistakes.push_back(quoted + "is there twice: each node needs a host of its own");
    }
    if (host.empty() || host.find_first_of(" \t\r\n,/@[]\"\\") != host.npos) {
      mistakes.push_back(quoted +
                         "is neither a name nor an address: give it without port and brackets");
    } else if (means_every_address(host)) {
      mistakes.push_back(quoted + "can't be advertised: clients need an address to connect to");
    } else if (means_this_machine(host) && hosts.size() > 1) {
      mistakes.push_back(quoted + "means another machine on every machine: give an address that " +
                         "the other nodes reach it by");
    }
  }
  return mistakes;
}

std::vector<std::string> mistakes_in_settings(const NodeSettings& node) {
  std::vector<std::string> mistakes;
  if (node.id < 1 || node.id > std::ssize(node.hosts)) {
    mistakes.push_back(
        fmt::format("id {} has no host: `hosts` names {} nodes, so ids go from 1 to that; add a "
                    "host or change `id`",
                    node.id, node.hosts.size()));
  }
  if (node.port == node.controller_port) {
    mistakes.push_back(fmt::format(
        "`port` and `controller-port` are both {}: give one of them another value", node.port));
  }
  if (auto mistake = mistake_in_cluster_id(node.cluster_id)) {
    mistakes.push_back("`cluster-id` \"" + node.cluster_id + "\" is not one: " + *mistake +
                       "; leave it out and give `cluster`, or take one from `kafka-storage.sh " +
                       "random-uuid`");
  }
  return mistakes;
}

}  // namespace baker::kafka_node
