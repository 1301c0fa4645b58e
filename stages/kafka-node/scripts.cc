#include "scripts.h"

#include <fmt/core.h>

#include <algorithm>

#include "embedded.h"
#include "text/text.h"

namespace baker::kafka_node {
namespace {

std::string tools_log_config(const Kafka& kafka) {
  return std::string("/opt/kafka/config/tools-") +
         (kafka.has_log4j2() ? "log4j2.yaml" : "log4j.properties");
}

// Settings that Kafka's tool looks at, besides those that every node has.
bool formats_as_usual(const NodeSettings& node) {
  return std::ranges::none_of(node.config, [](const auto& setting) {
    const std::string& key = setting.first;
    return key == "inter.broker.protocol.version" || key.starts_with("unstable.");
  });
}

std::vector<std::string> other_controllers(const NodeSettings& node) {
  std::vector<std::string> hosts;
  for (std::int64_t id = 1; id <= node.controllers(); ++id)
    if (id != node.id) hosts.push_back(node.hosts.at(static_cast<std::size_t>(id) - 1));
  return hosts;
}

}  // namespace

std::string format_script(const NodeSettings& node, const Installation& installed) {
  const std::string& trained = installed.fast_start;
  const std::string prepare = filled(embedded("prepare-data.sh"), {{"DATA", node.data}});
  if (!trained.empty() && formats_as_usual(node)) {
    return filled(embedded("format-as-trained.sh"), {{"CLUSTER", node.cluster_id},
                                                     {"DATA", node.data},
                                                     {"NODE", std::to_string(node.id)},
                                                     {"PREPARE", prepare},
                                                     {"TRAINED", trained}});
  }
  const std::string log_config = tools_log_config(installed.kafka);
  return filled(embedded("format-with-tool.sh"),
                {{"CLUSTER", node.cluster_id},
                 {"JAVA", java_command(installed)},
                 {"LOG_OPTION", log_option(installed.kafka, log_config)},
                 {"PREPARE", prepare}});
}

std::string stop_script(const NodeSettings& node) {
  return filled(embedded("stop-broker.sh"),
                {{"DATA", node.data},
                 {"IS_CONTROLLER", node.is_controller() ? "1" : "0"},
                 {"MAJORITY", std::to_string(node.controllers() / 2 + 1)},
                 {"OTHER_CONTROLLERS", joined(other_controllers(node), " ")},
                 {"PORT", std::to_string(node.controller_port)}});
}

}  // namespace baker::kafka_node
