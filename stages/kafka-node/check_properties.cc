#include "check_properties.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>

#include "listeners.h"

namespace baker::kafka_node {
namespace {

using Mistakes = std::vector<std::string>;

// Settings that options decide, and what to do instead of setting them.
const std::map<std::string, std::string>& decided_by_options() {
  static const std::map<std::string, std::string> all = {
      {"node.id", "set the option `id`"},
      {"broker.id", "set the option `id`"},
      {"process.roles", "it follows from `id` and the number of `hosts`"},
      {"controller.quorum.voters", "it follows from `hosts` and `controller-port`"},
      {"controller.quorum.bootstrap.servers", "voters are static and follow from `hosts`"},
      {"broker.session.timeout.ms", "set the option `session-timeout-ms`"},
      {"log.dir", "set the option `data`"},
      {"log.dirs", "set the option `data`"},
      {"metadata.log.dir", "set the option `data`"},
  };
  return all;
}

std::optional<std::int64_t> number_at(const Properties& properties, const std::string& key,
                                      Mistakes& mistakes) {
  const auto found = properties.find(key);
  if (found == properties.end()) return std::nullopt;
  const std::string& text = found->second;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  mistakes.push_back(key + " is \"" + text + "\": give a whole number");
  return std::nullopt;
}

void check_replication(const Properties& properties, const NodeSettings& node, Mistakes& mistakes) {
  const std::pair<const char*, const char*> pairs[] = {
      {"default.replication.factor", "min.insync.replicas"},
      {"offsets.topic.replication.factor", nullptr},
      {"transaction.state.log.replication.factor", "transaction.state.log.min.isr"},
      {"share.coordinator.state.topic.replication.factor", "share.coordinator.state.topic.min.isr"},
  };
  for (const auto& [factor, in_sync] : pairs) {
    const auto replicas = number_at(properties, factor, mistakes);
    if (!replicas) continue;
    if (*replicas < 1 || *replicas > std::ssize(node.hosts)) {
      mistakes.push_back(
          fmt::format("{} is {}, there are {} brokers: it must lie between 1 and that", factor,
                      *replicas, node.hosts.size()));
    }
    const auto needed = in_sync ? number_at(properties, in_sync, mistakes) : std::nullopt;
    if (needed && (*needed < 1 || *needed > *replicas)) {
      mistakes.push_back(
          fmt::format("{} is {}, {} is {}: nothing could be written with acks=all; lower the first",
                      in_sync, *needed, factor, *replicas));
    }
  }
}

void check_times(const Properties& properties, Mistakes& mistakes) {
  for (const char* key : {"log.roll.ms", "log.roll.hours"}) {
    const auto number = number_at(properties, key, mistakes);
    if (number && *number < 1) mistakes.push_back(std::string(key) + " must be at least 1");
  }
  for (const char* key : {"log.retention.ms", "log.retention.minutes", "log.retention.hours"}) {
    const auto number = number_at(properties, key, mistakes);
    if (number && *number < 1 && *number != -1) {
      mistakes.push_back(std::string(key) + " must be at least 1, or -1 to keep everything");
    }
  }
  const auto heartbeat = number_at(properties, "broker.heartbeat.interval.ms", mistakes);
  const auto session = number_at(properties, "broker.session.timeout.ms", mistakes);
  if (heartbeat && session && (*heartbeat < 1 || *heartbeat * 2 > *session)) {
    mistakes.push_back(
        fmt::format("broker.heartbeat.interval.ms is {}: with a session timeout of {} ms it must "
                    "lie between 1 and half of that",
                    *heartbeat, *session));
  }
}

}  // namespace

std::vector<std::string> mistakes_in_config(const NodeSettings& node) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  Mistakes mistakes;
  for (const auto& [key, value] : node.config) {
    const std::string quoted = "\"" + key + "\" in `config` ";
    if (const auto found = decided_by_options().find(key); found != decided_by_options().end()) {
      mistakes.push_back(quoted + "can't be set there: " + found->second);
    } else if (key.starts_with("zookeeper.")) {
      mistakes.push_back(quoted + "means nothing here: the cluster runs without ZooKeeper");
    } else if (key.empty() || key.find_first_not_of(allowed) != key.npos) {
      mistakes.push_back(quoted + "is not a name of a setting");
    } else if (value.find_first_of("\r\n") != value.npos) {
      mistakes.push_back(quoted + "has a value of several lines: write it in one");
    }
  }
  return mistakes;
}

std::vector<std::string> mistakes_in_properties(const Properties& properties,
                                                const NodeSettings& node) {
  Mistakes mistakes = mistakes_in_listeners(properties, node);
  check_replication(properties, node, mistakes);
  check_times(properties, mistakes);
  return mistakes;
}

}  // namespace baker::kafka_node
