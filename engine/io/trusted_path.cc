#include "engine/io/trusted_path.h"

#include "engine/base/error.h"
#include "engine/io/files.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel follows them; path_resolution(7)

// Whoever called sudo is root whenever they like.
bool is_caller_of_sudo(const char* variable, unsigned id) {
  const char* text = std::getenv(variable);
  unsigned caller = 0;
  if (text == nullptr || std::from_chars(text, text + std::strlen(text), caller).ec != std::errc{})
    return false;
  return caller == id;
}

bool is_trusted_user(unsigned uid) {
  return uid == 0 || uid == geteuid() || is_caller_of_sudo("SUDO_UID", uid);
}

bool is_trusted_group(unsigned gid) {
  return gid == 0 || is_caller_of_sudo("SUDO_GID", gid);
}

// In a sticky folder everybody may make things, and nobody but root move those of others.
std::string made_by_others(const fs::path& folder) {
  for (const std::string& name : list_directory(folder)) {
    struct stat status;
    if (lstat((folder / name).c_str(), &status) == 0 && !is_trusted_user(status.st_uid))
      return name;
  }
  return "";
}

PathExposure exposure_of_one(const fs::path& path, const struct stat& status, bool is_last) {
  const unsigned mode = status.st_mode & 07777;
  const std::string owner = fmt::format("{} belongs to user {}", path.string(), status.st_uid);
  if (S_ISLNK(status.st_mode)) {
    if (is_trusted_user(status.st_uid)) return {};
    return {Exposure::kToOthers, "the link " + owner};
  }
  const bool is_sticky = S_ISDIR(status.st_mode) && (mode & S_ISVTX) != 0;
  const std::string theirs = is_sticky && is_last ? made_by_others(path) : "";
  if (!theirs.empty())
    return {Exposure::kToOthers,
            fmt::format("others have made things in {}, \"{}\" among them", path.string(), theirs)};
  if ((mode & S_IWOTH) != 0 && !is_sticky)
    return {Exposure::kToOthers,
            fmt::format("{} may be written by everyone (mode {:o})", path.string(), mode)};
  // The group's bits are then the most that the list gives to anybody; acl(5).
  if ((mode & S_IWGRP) != 0 && !is_sticky &&
      getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0)
    return {Exposure::kToOthers,
            fmt::format("{} may be written by whom its access list names", path.string())};
  if ((mode & S_IWGRP) != 0 && !is_sticky && !is_trusted_group(status.st_gid))
    return {Exposure::kToOthers, fmt::format("{} may be written by group {} (mode {:o})",
                                             path.string(), status.st_gid, mode)};
  if (!is_trusted_user(status.st_uid)) return {Exposure::kToItsOwner, owner};
  return {};
}

void put_first(std::deque<std::string>& parts, const fs::path& path) {
  std::deque<std::string> first;
  for (const fs::path& part : path.relative_path())
    if (!part.empty() && part != ".") first.push_back(part);
  parts.insert(parts.begin(), first.begin(), first.end());
}

}  // namespace

PathExposure exposure_of(const std::string& path) {
  std::deque<std::string> left;
  put_first(left, absolute_path(path));
  fs::path at = "/";
  PathExposure worst;
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
    PathExposure found = exposure_of_one(next, status, left.empty());
    if (found.exposure > worst.exposure) worst = std::move(found);
    if (!S_ISLNK(status.st_mode)) {
      at = next;
      continue;
    }
    if (++links > kMostLinks) throw Error("the links at " + path + " lead in a circle");
    const fs::path target = fs::read_symlink(next);
    if (target.is_absolute()) at = "/";
    put_first(left, target);
  }
  return worst;
}

}  // namespace baker
