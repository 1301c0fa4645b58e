#include "engine/io/trusted_path.h"

#include "engine/base/error.h"
#include "engine/io/files.h"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <optional>

namespace baker {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel follows them; path_resolution(7)

// Whoever called sudo is root whenever they like.
std::optional<unsigned> caller_of_sudo() {
  const char* text = std::getenv("SUDO_UID");
  unsigned caller = 0;
  if (text == nullptr || std::from_chars(text, text + std::strlen(text), caller).ec != std::errc{})
    return std::nullopt;
  return caller;
}

bool is_trusted_user(unsigned uid) {
  return uid == 0 || uid == geteuid() || uid == caller_of_sudo();
}

// That of a trusted user alone, as distributions make one for each.
bool is_private_group(unsigned gid) {
  const group* of_file = getgrgid(gid);
  if (of_file == nullptr || of_file->gr_mem[0] != nullptr) return false;
  const std::string name = of_file->gr_name;
  for (const unsigned user : {geteuid(), caller_of_sudo().value_or(geteuid())})
    if (const passwd* owner = getpwuid(user); owner != nullptr && owner->pw_name == name)
      return true;
  return false;
}

bool is_trusted_group(unsigned gid) {
  return gid == 0 || is_private_group(gid);
}

// In a sticky folder everybody may make things, and only root and its owner move those of others.
std::string made_by_others(const fs::path& folder) {
  for (const std::string& name : list_directory(folder)) {
    struct stat status;
    if (lstat((folder / name).c_str(), &status) == 0 && !is_trusted_user(status.st_uid))
      return name;
  }
  return "";
}

std::optional<PathExposure> exposure_of_one(const fs::path& path, const struct stat& status,
                                            bool is_last) {
  const unsigned mode = status.st_mode & 07777;
  const std::string owner = fmt::format("{} belongs to user {}", path.string(), status.st_uid);
  if (S_ISLNK(status.st_mode)) {
    if (is_trusted_user(status.st_uid)) return std::nullopt;
    return PathExposure{Exposure::kToOthers, "the link " + owner};
  }
  const bool is_sticky = S_ISDIR(status.st_mode) && (mode & S_ISVTX) != 0;
  const std::string theirs = is_sticky && is_last ? made_by_others(path) : "";
  if (!theirs.empty())
    return PathExposure{
        Exposure::kToOthers,
        fmt::format("others have made things in {}, \"{}\" among them", path.string(), theirs)};
  if ((mode & S_IWOTH) != 0 && !is_sticky)
    return PathExposure{
        Exposure::kToOthers,
        fmt::format("{} may be written by everyone (mode {:o})", path.string(), mode)};
  // The group's bits are then the most that the list gives to anybody; acl(5).
  if ((mode & S_IWGRP) != 0 && !is_sticky &&
      getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0)
    return PathExposure{
        Exposure::kToOthers,
        fmt::format("{} may be written by whom its access list names", path.string())};
  if ((mode & S_IWGRP) != 0 && !is_sticky && !is_trusted_group(status.st_gid))
    return PathExposure{Exposure::kToOthers,
                        fmt::format("{} may be written by group {} (mode {:o})", path.string(),
                                    status.st_gid, mode)};
  if (!is_trusted_user(status.st_uid)) return PathExposure{Exposure::kToItsOwner, owner};
  return std::nullopt;
}

void put_first(std::deque<std::string>& parts, const fs::path& path) {
  std::deque<std::string> first;
  for (const fs::path& part : path.relative_path())
    if (!part.empty() && part != ".") first.push_back(part);
  parts.insert(parts.begin(), first.begin(), first.end());
}

}  // namespace

std::vector<PathExposure> exposures_of(const std::string& path) {
  std::deque<std::string> left;
  put_first(left, fs::absolute(path));  // a link may come before a `..`
  fs::path at = "/";
  std::vector<PathExposure> all;
  int links = 0;
  while (!left.empty()) {
    const std::string part = left.front();
    left.pop_front();
    if (part == "..") {
      at = at.parent_path();
      continue;
    }
    const fs::path next = at / part;
    struct stat status;
    if (lstat(next.c_str(), &status) != 0) break;
    if (auto found = exposure_of_one(next, status, left.empty())) all.push_back(*std::move(found));
    if (!S_ISLNK(status.st_mode)) {
      at = next;
      continue;
    }
    if (++links > kMostLinks) throw Error("the links at " + path + " lead in a circle");
    const std::string target = link_target(next);
    if (target.starts_with('/')) at = "/";
    put_first(left, target);
  }
  return all;
}

}  // namespace baker
