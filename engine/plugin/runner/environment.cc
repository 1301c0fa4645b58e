#include "engine/plugin/runner/environment.h"

#include <map>

namespace baker {

std::vector<std::string> environment_with(const std::vector<std::string>& entries,
                                          const nlohmann::json& settings) {
  std::map<std::string, std::string> values;
  for (const std::string& entry : entries) {
    const size_t sign = entry.find('=');
    if (sign != std::string::npos) values[entry.substr(0, sign)] = entry.substr(sign + 1);
  }
  for (const auto& [name, value] : settings.items()) values[name] = value.get<std::string>();
  std::vector<std::string> environment;
  for (const auto& [name, value] : values) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace baker
