#include "archive.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "host-apt/host_get.h"
#include "text/text.h"

namespace baker::rootfs {
namespace {

namespace fs = std::filesystem;

bool is_listed(const fs::path& list, const std::string& suite) {
  std::ifstream stream(list);
  if (!stream) {
    throw StageError(
        "can't read " + list.string() +
        ", which lists the releases of Debian and Ubuntu: apt-get install distro-info-data");
  }
  for (std::string line; std::getline(stream, line);) {
    std::istringstream fields(line);
    std::string version, name, series;
    std::getline(std::getline(std::getline(fields, version, ','), name, ','), series, ',');
    if (series == suite) return true;
  }
  return false;
}

// Of the two forms of a suite's index the newer one, if it is there; nothing where the mirror has
// no such suite.
std::optional<std::string> index_on_mirror(const Network& network, const Context& context,
                                           const std::string& mirror, const std::string& suite) {
  const std::string folder = mirror + "/dists/" + suite + "/";
  for (const char* index : {"InRelease", "Release"})
    if (auto content = get_as_host_does(network, context, folder + index)) return content;
  return std::nullopt;
}

}  // namespace

Distribution distribution_of(const std::string& suite, const fs::path& lists) {
  for (const char* alias : {"stable", "testing", "unstable", "oldstable"})
    if (suite == alias) return Distribution::kDebian;
  if (is_listed(lists / "ubuntu.csv", suite)) return Distribution::kUbuntu;
  if (is_listed(lists / "debian.csv", suite)) return Distribution::kDebian;
  return Distribution::kUnknown;
}

std::vector<std::string> default_components(Distribution distribution) {
  if (distribution == Distribution::kUbuntu) return {"main", "universe"};
  return {"main"};
}

std::vector<std::string> components_in(const std::string& release) {
  constexpr std::string_view kField = "Components:";
  std::istringstream lines(release);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kField)) continue;
    std::istringstream values(line.substr(kField.size()));
    std::vector<std::string> components;
    for (std::string value; values >> value;)
      components.push_back(value.substr(value.rfind('/') + 1));
    return components;
  }
  return {};
}

MirroredSuite suite_on_mirror(const Network& network, const Context& context,
                              const std::string& mirror, const std::string& suite,
                              const std::vector<std::string>& components) {
  const std::optional<std::string> index = index_on_mirror(network, context, mirror, suite);
  if (!index) throw Unreachable("the mirror " + mirror + " has no suite \"" + suite + "\"");
  const std::vector<std::string> there = components_in(*index);
  for (const std::string& component : components) {
    if (there.empty() || has_word(there, component)) continue;
    throw StageError(
        fmt::format("the mirror {} has no component \"{}\" in {}, but {}: name those that are "
                    "wanted in `components`",
                    mirror, component, suite, joined(there, " ")));
  }
  MirroredSuite found;
  for (const std::string& name : {suite, suite + "-updates", suite + "-security"}) {
    if (name == suite || index_on_mirror(network, context, mirror, name)) {
      found.entries.push_back(fmt::format("deb {} {} {}", mirror, name, joined(components, " ")));
    } else {
      found.missing.push_back(name);
    }
  }
  return found;
}

}  // namespace baker::rootfs
