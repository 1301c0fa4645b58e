#include "engine/base/text.h"
#include "engine/doctor/examine.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/io/program_answer.h"

namespace baker {
namespace {

// Package → version, of what dpkg knows; empty elsewhere.
std::map<std::string, std::string> versions_of(const std::map<std::string, std::string>& programs) {
  std::map<std::string, std::string> versions;
  if (!find_program("dpkg-query")) return versions;
  std::vector<std::string> query = {"dpkg-query", "--show", "--showformat=${Package} ${Version}\n"};
  for (const auto& [program, package] : programs) query.push_back(package);
  for (const std::string& line : split(ask_program(query).text, '\n')) {
    const size_t blank = line.find(' ');
    if (blank != std::string::npos) versions[line.substr(0, blank)] = line.substr(blank + 1);
  }
  return versions;
}

Finding of_release_lists() {
  if (path_exists("/usr/share/distro-info/ubuntu.csv"))
    return {.topic = "releases", .what = "the releases of Debian and Ubuntu are known"};
  return {.health = Health::kLimited,
          .topic = "releases",
          .what = "no list of the releases of Debian and Ubuntu",
          .follows = "`rootfs` can't tell whose a release is that mmdebstrap is to make",
          .remedy = "apt-get install distro-info-data"};
}

}  // namespace

std::vector<Finding> examine_programs(const HostToExamine& host) {
  const std::map<std::string, std::string> versions = versions_of(host.programs);
  std::vector<Finding> findings;
  for (const auto& [program, package] : host.programs) {
    const bool sandbox = program == "bwrap";
    if (find_program(program)) {
      const auto version = versions.find(package);
      findings.push_back(
          {.topic = program,
           .what = version == versions.end() ? "is there" : package + " " + version->second});
    } else {
      findings.push_back({.health = sandbox ? Health::kObstacle : Health::kLimited,
                          .topic = program,
                          .what = "is not installed",
                          .follows = sandbox ? "no command can run in a root"
                                             : "stages that call it can't be baked",
                          .remedy = "apt-get install " + package});
    }
  }
  findings.push_back(of_release_lists());
  return findings;
}

}  // namespace baker
