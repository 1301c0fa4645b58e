#include "service.h"

#include <fmt/core.h>

#include "embedded.h"
#include "server_properties.h"
#include "text/text.h"

namespace baker::kafka_node {
std::string java_command(const Installation& installed) {
  return installed.java_home + "/bin/java @/etc/kafka/class-path.args";
}

std::string log_option(const Kafka& kafka, const std::string& file) {
  return (kafka.has_log4j2() ? "-Dlog4j2.configurationFile=" : "-Dlog4j.configuration=file:") +
         file;
}

std::string service_unit(const NodeSettings& node, const Installation& installed) {
  return filled(embedded("kafka.service"),
                {{"DATA", node.data},
                 {"JAVA", java_command(installed)},
                 {"NODE", std::to_string(node.id)},
                 {"ROLES", node.is_controller() ? "broker and controller" : "broker"},
                 {"VERSION", installed.kafka.version}});
}

std::string tmpfiles_config(const NodeSettings& node) {
  return fmt::format("d {} 0750 kafka kafka\n", node.data);
}

std::string jvm_arguments(const NodeSettings& node, const Installation& installed) {
  const Kafka& kafka = installed.kafka;
  std::string arguments = filled(embedded("jvm.args"), {{"HEAP", node.heap}});
  arguments += log_option(kafka, log_config_path(kafka)) + "\n";
  if (!installed.fast_start.empty()) {
    arguments +=
        fmt::format("-Xshare:auto\n-XX:SharedArchiveFile={}/kafka.jsa\n", installed.fast_start);
  }
  return arguments;
}

std::string log_config_path(const Kafka& kafka) {
  return kafka.has_log4j2() ? "/etc/kafka/log4j2.yaml" : "/etc/kafka/log4j.properties";
}

// Standard output goes to the journal, which has the time of each line.
std::string log_config(const NodeSettings& node, const Kafka& kafka) {
  return filled(embedded(kafka.has_log4j2() ? "log4j2.yaml" : "log4j.properties"),
                {{"LEVEL", node.log_level}});
}

std::string login_profile(const NodeSettings& node, const Installation& installed) {
  return filled(embedded("kafka.sh"),
                {{"BROKERS", bootstrap_servers(node)},
                 {"CONFIG", node.tls ? " --command-config /etc/kafka/client.properties" : ""},
                 {"JAVA_HOME", installed.java_home}});
}

std::string client_properties(const NodeSettings& node) {
  Properties properties = {{"bootstrap.servers", bootstrap_servers(node)}};
  if (node.tls) {
    properties["security.protocol"] = "SSL";
    properties.merge(tls_properties());
  }
  return properties_text(properties);
}

}  // namespace baker::kafka_node
