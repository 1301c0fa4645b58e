#include "package_pins.h"

#include <fmt/core.h>

#include <map>
#include <sstream>

namespace baker::rootfs {
namespace {

constexpr const char* kKind = "package";
constexpr int kShownDifferences = 5;

struct Package {
  std::string name;
  std::string version;
};

std::vector<Package> packages_in(const Pins& pins) {
  std::vector<Package> packages;
  for (const Pin& pin : pins) {
    if (pin.at("kind") != kKind) continue;
    packages.push_back({pin.at("name").get<std::string>(), pin.at("version").get<std::string>()});
  }
  return packages;
}

}  // namespace

Pins package_pins(const std::string& list) {
  Pins pins;
  std::istringstream stream(list);
  for (std::string name, version, architecture; stream >> name >> version >> architecture;) {
    pins.push_back(
        {{"kind", kKind}, {"name", name}, {"version", version}, {"architecture", architecture}});
  }
  return pins;
}

// More than 1000, so that apt takes these versions even where they are older.
std::string preferences_for(const Pins& pins) {
  std::string text;
  for (const Package& package : packages_in(pins)) {
    text += "Package: " + package.name + "\nPin: version " + package.version +
            "\nPin-Priority: 1001\n\n";
  }
  return text;
}

std::string differences(const Pins& pinned, const Pins& made) {
  std::map<std::string, std::string> versions;
  for (const Package& package : packages_in(made)) versions[package.name] = package.version;
  int count = 0;
  std::string text;
  for (const Package& package : packages_in(pinned)) {
    const auto now = versions.find(package.name);
    if (now != versions.end() && now->second == package.version) continue;
    if (++count > kShownDifferences) continue;
    text += (text.empty() ? "" : ", ") + package.name + " " + package.version +
            (now == versions.end() ? " is not among them" : " → " + now->second);
  }
  if (count > kShownDifferences) {
    text += fmt::format(" and {} more", count - kShownDifferences);
  }
  return text;
}

}  // namespace baker::rootfs
