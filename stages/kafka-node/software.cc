#include "software.h"

#include <regex>

namespace baker::kafka_node {
namespace {

constexpr const char* kLibs = "/opt/kafka/libs";
constexpr const char* kJvms = "/usr/lib/jvm";

}  // namespace

std::optional<std::string> version_of_core_jar(const std::string& name) {
  static const std::regex form(R"(kafka_[0-9.]+-([0-9]+\.[0-9]+\.[0-9]+[^/]*)\.jar)");
  std::smatch parts;
  if (!std::regex_match(name, parts, form)) return std::nullopt;
  return parts[1];
}

std::optional<int> major_of_java_folder(const std::string& name) {
  static const std::regex form("java-([0-9]{1,4})-openjdk(-.+)?");
  std::smatch parts;
  if (!std::regex_match(name, parts, form)) return std::nullopt;
  return std::stoi(parts[1]);
}

Kafka find_kafka(const Root& root) {
  Kafka kafka;
  for (const std::string& name : root.list(kLibs)) {
    if (name.ends_with(".jar")) kafka.jars.push_back(std::string(kLibs) + "/" + name);
    if (auto version = version_of_core_jar(name)) kafka.version = *version;
  }
  if (kafka.version.empty()) {
    throw StageError(
        "the root holds no Kafka (no kafka_SCALA-VERSION.jar in /opt/kafka/libs): add "
        "a stage of type `kafka` to `from`");
  }
  return kafka;
}

std::string find_java_home(const Root& root, const Kafka& kafka) {
  int newest = 0;
  std::string home;
  for (const std::string& name : root.list(kJvms)) {
    const auto major = major_of_java_folder(name);
    const std::string folder = std::string(kJvms) + "/" + name;
    if (!major || *major <= newest || !root.exists(folder + "/bin/java")) continue;
    newest = *major;
    home = folder;
  }
  if (newest >= kafka.least_java()) return home;
  const std::string found =
      newest == 0 ? "holds no Java" : "holds Java " + std::to_string(newest) + " at the newest";
  throw StageError("Kafka " + kafka.version + " needs Java " + std::to_string(kafka.least_java()) +
                   " or newer, the root " + found +
                   ": add openjdk-17-jre-headless to the packages of the `apt` stage below");
}

}  // namespace baker::kafka_node
