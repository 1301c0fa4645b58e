#include "listeners.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <regex>
#include <set>

namespace baker::kafka_node {
namespace {

struct Listener {
  std::string name;
  std::string host;
  std::string port;
};

using Listeners = std::vector<Listener>;
using Mistakes = std::vector<std::string>;

Listeners listeners_in(const std::string& key, const std::string& text, Mistakes& mistakes) {
  static const std::regex form(R"(([A-Za-z0-9_.-]+)://(\[[0-9a-fA-F:.]+\]|[^:/\[\]]*):([0-9]+))");
  Listeners all;
  for (const std::string& each : split_list(text)) {
    std::smatch parts;
    if (!std::regex_match(each, parts, form)) {
      mistakes.push_back("\"" + each + "\" in " + key +
                         " is not a listener: write NAME://HOST:PORT");
      continue;
    }
    all.push_back({parts[1], parts[2], parts[3]});
  }
  return all;
}

const Listener* find(const Listeners& all, const std::string& name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Listener& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

void check_listeners(const Listeners& listeners, Mistakes& mistakes) {
  std::set<std::string> names, ports;
  for (const Listener& each : listeners) {
    if (!names.insert(each.name).second) {
      mistakes.push_back("listeners names " + each.name + " twice: give each its own name");
    }
    if (!ports.insert(each.port).second) {
      mistakes.push_back("two listeners want port " + each.port + ": give one another port");
    }
  }
}

void check_advertised(const Listeners& advertised, const Listeners& listeners,
                      const std::string& inter_broker, Mistakes& mistakes) {
  for (const Listener& each : advertised) {
    if (!find(listeners, each.name)) {
      mistakes.push_back("advertised.listeners names " + each.name +
                         ", which is not among listeners: add it there or take it away here");
    }
    if (each.host.empty() || each.host == "0.0.0.0" || each.host == "[::]") {
      mistakes.push_back("advertised.listeners gives no address to connect to for " + each.name +
                         ": give the node's own");
    }
  }
  if (!find(advertised, inter_broker)) {
    mistakes.push_back("inter.broker.listener.name is " + inter_broker +
                       ", which advertised.listeners does not have: other brokers could not " +
                       "reach this one; advertise it");
  }
}

void check_controllers(const std::vector<std::string>& names, const Listeners& listeners,
                       const NodeSettings& node, Mistakes& mistakes) {
  if (names.empty()) {
    mistakes.emplace_back("controller.listener.names is empty: name the controllers' listener");
  }
  for (const std::string& name : names) {
    const bool listens = find(listeners, name);
    if (node.is_controller() && !listens) {
      mistakes.push_back(
          fmt::format("node {} is a controller, but listeners has no {}: add {}://:{}", node.id,
                      name, name, node.controller_port));
    }
    if (!node.is_controller() && listens) {
      mistakes.push_back(
          fmt::format("node {} is only a broker, but listeners has {}, the controllers' listener: "
                      "take it away",
                      node.id, name));
    }
  }
  if (names.empty() || !node.is_controller()) return;
  const Listener* own = find(listeners, names.front());
  if (own && own->port != std::to_string(node.controller_port)) {
    mistakes.push_back(
        fmt::format("listeners has {} on port {}, the other nodes look for it on port {}: set the "
                    "option `controller-port`",
                    names.front(), own->port, node.controller_port));
  }
}

std::map<std::string, std::string> protocols_in(const std::string& text, Mistakes& mistakes) {
  static const std::set<std::string> known = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};
  std::map<std::string, std::string> protocols;
  for (const std::string& each : split_list(text)) {
    const auto colon = each.find(':');
    const std::string protocol = colon == each.npos ? "" : each.substr(colon + 1);
    if (!known.contains(protocol)) {
      mistakes.push_back("\"" + each +
                         "\" in listener.security.protocol.map: write NAME:PROTOCOL " +
                         "with PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
    }
    protocols[each.substr(0, colon)] = protocol;
  }
  return protocols;
}

void check_tls(const std::set<std::string>& names,
               const std::map<std::string, std::string>& protocols, Mistakes& mistakes) {
  for (const std::string& name : names) {
    const auto found = protocols.find(name);
    if (found == protocols.end() || found->second.ends_with("SSL")) continue;
    mistakes.push_back("listener " + name + " is " + found->second +
                       ", and `tls` is on: let it have SSL or SASL_SSL, or take it away");
  }
}

std::string value_or(const Properties& properties, const std::string& key,
                     const std::string& otherwise) {
  const auto found = properties.find(key);
  return found == properties.end() ? otherwise : found->second;
}

void check_sasl(const Properties& properties, const std::string& protocol, Mistakes& mistakes) {
  if (!protocol.starts_with("SASL")) return;
  const std::string used = value_or(properties, "sasl.mechanism.inter.broker.protocol", "GSSAPI");
  const auto enabled = split_list(value_or(properties, "sasl.enabled.mechanisms", "GSSAPI"));
  if (std::find(enabled.begin(), enabled.end(), used) == enabled.end()) {
    mistakes.push_back("brokers talk to each other by SASL mechanism " + used +
                       ", which sasl.enabled.mechanisms does not have: add it there");
  }
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    const auto first = text.find_first_not_of(' ', from);
    const auto last = text.find_last_not_of(' ', to == 0 ? 0 : to - 1);
    if (first < to && last != text.npos) parts.push_back(text.substr(first, last + 1 - first));
    from = to + 1;
  }
  return parts;
}

std::vector<std::string> mistakes_in_listeners(const Properties& properties,
                                               const NodeSettings& node) {
  Mistakes mistakes;
  const auto listeners = listeners_in("listeners", properties.at("listeners"), mistakes);
  const auto advertised =
      listeners_in("advertised.listeners", properties.at("advertised.listeners"), mistakes);
  if (!mistakes.empty()) return mistakes;

  const std::string& inter_broker = properties.at("inter.broker.listener.name");
  const auto controllers = split_list(properties.at("controller.listener.names"));
  check_listeners(listeners, mistakes);
  check_advertised(advertised, listeners, inter_broker, mistakes);
  check_controllers(controllers, listeners, node, mistakes);

  auto protocols = protocols_in(properties.at("listener.security.protocol.map"), mistakes);
  std::set<std::string> names(controllers.begin(), controllers.end());
  for (const Listener& each : listeners) names.insert(each.name);
  for (const std::string& name : names) {
    if (protocols.contains(name)) continue;
    mistakes.push_back("listener.security.protocol.map says nothing of " + name + ": add " + name +
                       ":PLAINTEXT, or another protocol");
  }
  if (node.tls) check_tls(names, protocols, mistakes);
  check_sasl(properties, protocols[inter_broker], mistakes);
  return mistakes;
}

}  // namespace baker::kafka_node
