#include "archive.h"

#include <fstream>
#include <sstream>

namespace baker::rootfs {
namespace {

namespace fs = std::filesystem;

bool is_listed(const fs::path& list, const std::string& suite) {
  std::ifstream stream(list);
  if (!stream) {
    throw StageError("can't read " + list.string() +
                     ", which tells whose release a suite is: apt-get install distro-info-data");
  }
  for (std::string line; std::getline(stream, line);) {
    std::istringstream fields(line);
    std::string version, name, series;
    std::getline(std::getline(std::getline(fields, version, ','), name, ','), series, ',');
    if (series == suite) return true;
  }
  return false;
}

// Both forms of an archive's index, the newer first.
bool has_suite(const Network& network, const std::string& mirror, const std::string& suite) {
  const std::string folder = mirror + "/dists/" + suite + "/";
  std::string reason;
  for (const char* index : {"InRelease", "Release"}) {
    try {
      network.get(folder + index);
      return true;
    } catch (const Unreachable& error) {
      reason = error.what();
    }
  }
  if (reason.find("HTTP 404") != std::string::npos) return false;
  throw Unreachable(reason);
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

std::vector<std::string> entries_on_mirror(const Network& network, const std::string& mirror,
                                           const std::string& suite,
                                           const std::vector<std::string>& components,
                                           std::vector<std::string>& missing) {
  std::string listed;
  for (const std::string& component : components) listed += " " + component;
  if (!has_suite(network, mirror, suite))
    throw Unreachable("the mirror " + mirror + " has no suite \"" + suite + "\"");
  std::vector<std::string> entries = {"deb " + mirror + " " + suite + listed};
  for (const char* pocket : {"-updates", "-security"}) {
    if (has_suite(network, mirror, suite + pocket)) {
      entries.push_back("deb " + mirror + " " + suite + pocket + listed);
    } else {
      missing.push_back(suite + pocket);
    }
  }
  return entries;
}

}  // namespace baker::rootfs
