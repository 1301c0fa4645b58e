// The Java and the Kafka that a root holds.
#pragma once

#include <baker/stage.h>

#include <optional>
#include <string>
#include <vector>

namespace baker::kafka_node {

struct Kafka {
  std::string version;            // "4.3.1"
  std::vector<std::string> jars;  // absolute paths in the root, sorted

  int major() const { return std::stoi(version); }
  bool has_log4j2() const { return major() >= 4; }
  int least_java() const { return major() >= 4 ? 17 : 11; }
};

// The version in the name of a jar of Kafka's core, "kafka_2.13-4.3.1.jar".
std::optional<std::string> version_of_core_jar(const std::string& name);
// 17 of "java-17-openjdk-amd64"; nothing of other names.
std::optional<int> major_of_java_folder(const std::string& name);

// Both throw StageError with the stage or the package to add where it is missing or too old.
Kafka find_kafka(const Root& root);
std::string find_java_home(const Root& root, const Kafka& kafka);

}  // namespace baker::kafka_node
