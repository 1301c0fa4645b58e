// What a baker may leave behind on the host, for tests that claim that it leaves nothing.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace baker::testing {

// Processes of any mount namespace that see a mount below `folder`: a stage's mounts are in a
// namespace of its own, and live exactly as long as one of its processes.
inline std::vector<std::string> mounts_below(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream mounts(process.path() / "mountinfo");
    for (std::string line; std::getline(mounts, line);) {
      if (line.find(" " + folder.string() + "/") == std::string::npos) continue;
      std::string name;
      std::getline(std::ifstream(process.path() / "comm"), name);
      found.push_back("process " + pid + " (" + name + "): " + line);
    }
  }
  return found;
}

// Names in a folder; none where there is no such folder.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  return names;
}

}  // namespace baker::testing
