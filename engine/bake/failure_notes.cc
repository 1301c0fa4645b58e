#include "engine/bake/failure_notes.h"

#include "engine/base/text.h"
#include "engine/io/disk_space.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace baker {
namespace {

// Of the programs that people put into scripts: apt, curl, wget, git, pip, npm and what they stand
// on.
constexpr std::array<std::string_view, 7> kLookForTheNetwork = {
    "Temporary failure resolving", "Temporary failure in name resolution",
    "Could not resolve host",      "unable to resolve host address",
    "Name or service not known",   "Network is unreachable",
    "getaddrinfo EAI_AGAIN"};

bool any_says(const std::deque<std::string>& lines, std::string_view words) {
  return std::ranges::any_of(
      lines, [words](const std::string& line) { return line.find(words) != std::string::npos; });
}

}  // namespace

std::string network_note(const std::deque<std::string>& last_lines) {
  if (std::ranges::none_of(kLookForTheNetwork, [&last_lines](std::string_view words) {
        return any_says(last_lines, words);
      }))
    return "";
  return "\na stage has no network while it bakes, so that it bakes the same again: packages come "
         "through a stage of type `apt`, files through `inputs`, and what else is downloaded "
         "through a stage type that resolves it to pins";
}

std::string rename_note(const std::deque<std::string>& last_lines) {
  if (!any_says(last_lines, std::strerror(EXDEV))) return "";
  return "\na folder from a layer below can't be renamed, as overlayfs does not do it (EXDEV): "
         "copy and remove it, or make it in this stage (docs/pipeline-format.md, the root of a "
         "stage)";
}

std::string full_disk_note(const std::string& folder, const std::string& option,
                           const std::string& error, const std::deque<std::string>& last_lines) {
  std::deque<std::string> said = last_lines;
  said.push_back(error);
  if (!any_says(said, std::strerror(ENOSPC)) && !any_says(said, "disk is full")) return "";
  const std::optional<DiskSpace> space = disk_space(folder);
  if (!space) return "";
  return "\nthe stage writes to " + folder + ": the file system at \"" + space->mount_point +
         "\" has " + (space->out_of_inodes ? "no inode" : human_bytes(space->free_bytes)) +
         " left; make room there, or give another place with --" + option;
}

}  // namespace baker
