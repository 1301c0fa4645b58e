#include "versions.h"

#include <regex>

namespace baker::kafka_probe {

std::string version_among(const std::vector<std::string>& libraries) {
  static const std::regex core(R"(kafka_[0-9.]+-([0-9]+\.[0-9]+\.[0-9]+[^/]*)\.jar)");
  std::smatch parts;
  for (const std::string& name : libraries)
    if (std::regex_match(name, parts, core)) return parts[1];
  return "";
}

std::string words_for(const std::map<std::string, std::string>& versions) {
  std::map<std::string, std::string> machines;  // by version
  for (const auto& [machine, version] : versions) {
    std::string& names = machines[version];
    names += (names.empty() ? "" : ", ") + machine;
  }
  std::string text;
  for (const auto& [version, names] : machines) {
    text += (text.empty() ? "Kafka " : ", ") + version;
    if (machines.size() > 1) text += " (" + names + ")";
  }
  return text;
}

}  // namespace baker::kafka_probe
