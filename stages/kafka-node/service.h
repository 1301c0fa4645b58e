// The files of a machine that run a broker, and those that its tools read.
#pragma once

#include <string>

#include "kafka-runtime/software.h"
#include "node_settings.h"

namespace baker::kafka_node {

using kafka_runtime::class_path_arguments;
using kafka_runtime::Kafka;

struct Installation {
  Kafka kafka;
  std::string java_home;
  std::string
      fast_start{};  // the folder with what makes it start faster; empty where there is none
};

// The start of a command line, and its option that names a configuration of the log.
std::string java_command(const Installation& installed);
std::string log_option(const Kafka& kafka, const std::string& file);

// kafka.service: runs as the user kafka, shut off from everything but its data and the network.
std::string service_unit(const NodeSettings& node, const Installation& installed);
// Makes the data directory at boot, also where it is a mount, and gives it to kafka.
std::string tmpfiles_config(const NodeSettings& node);

// A file of arguments for java: the options of the broker.
std::string jvm_arguments(const NodeSettings& node, const Installation& installed);

std::string log_config_path(const Kafka& kafka);
std::string log_config(const NodeSettings& node, const Kafka& kafka);

// For whoever logs in: the tools on the path, Java, and where the brokers are.
std::string login_profile(const NodeSettings& node, const Installation& installed);
std::string client_properties(const NodeSettings& node);

}  // namespace baker::kafka_node
