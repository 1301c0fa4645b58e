#include "engine/io/made_folder.h"

#include "engine/io/files.h"
#include "engine/io/system_error.h"
#include "engine/io/unique_fd.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace baker {
namespace {

constexpr const char* kMark = "trusted.baker.made";
constexpr const char* kForAnybody = "1";  // of bakers before marks had names
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string mark_of(int folder) {
  char value[4096];
  const ssize_t size = fgetxattr(folder, kMark, value, sizeof value);
  return size < 0 ? "" : std::string(value, static_cast<size_t>(size));
}

bool is_for(const std::string& mark, const std::string& owner) {
  return !mark.empty() && (mark == owner || mark == kForAnybody);
}

std::string name_in_parent(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Whoever may write to the parent could put something else under the new name meanwhile: only the
// folder that was opened is given away. Where the file system knows no attributes, it is nobody's.
void make_one(const std::string& path, const Attributes& attributes, const std::string& owner) {
  const UniqueFd parent(open(parent_path(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name = name_in_parent(path);
  const std::string next = "." + name + ".baker-new";
  if (!parent.valid() || (mkdirat(parent.get(), next.c_str(), 0700) != 0 && errno != EEXIST))
    throw system_error("cannot make the folder " + path, path);
  const UniqueFd made(openat(parent.get(), next.c_str(), kFolder));
  if (made.valid()) {
    if (fchown(made.get(), attributes.uid, attributes.gid) != 0 ||
        fchmod(made.get(), attributes.mode) != 0)
      throw system_error("cannot give the folder " + path + " its owner", path);
    fsetxattr(made.get(), kMark, owner.data(), owner.size(), 0);
    if (renameat2(parent.get(), next.c_str(), parent.get(), name.c_str(), RENAME_NOREPLACE) == 0)
      return;
  }
  const int why = errno;
  unlinkat(parent.get(), next.c_str(), AT_REMOVEDIR);
  if (is_directory(path)) return;  // somebody else was faster
  errno = why;
  throw system_error("cannot make the folder " + path, path);
}

void make_parents(const std::string& path, const std::string& owner) {
  const std::string parent = parent_path(path);
  if (parent.empty() || parent == path || path_exists(parent)) return;
  make_parents(parent, owner);
  make_one(parent, {.mode = 0755}, owner);
}

// Whether all of it is gone.
bool remove_own(int parent, const std::string& name, const std::string& path,
                const std::string& owner) {
  const UniqueFd folder(openat(parent, name.c_str(), kFolder));
  if (!folder.valid()) throw system_error("cannot open " + path, path);
  struct stat ours, inside;
  fstat(folder.get(), &ours);
  bool all = true;
  for (const std::string& each : list_directory(fmt::format("/proc/self/fd/{}", folder.get()))) {
    if (fstatat(folder.get(), each.c_str(), &inside, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const std::string below = path + "/" + each;
    if (!S_ISDIR(inside.st_mode)) {
      if (unlinkat(folder.get(), each.c_str(), 0) != 0 && errno != ENOENT)
        throw system_error("cannot remove " + below, below);
      continue;
    }
    const UniqueFd child(openat(folder.get(), each.c_str(), kFolder));
    const std::string mark = child.valid() ? mark_of(child.get()) : "";
    const bool stays = inside.st_dev != ours.st_dev || (!mark.empty() && !is_for(mark, owner));
    all = !stays && remove_own(folder.get(), each, below, owner) && all;
  }
  if (!all) return false;
  if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0)
    throw system_error("cannot remove " + path, path);
  return true;
}

}  // namespace

bool make_marked_folder(const std::string& path, const Attributes& attributes,
                        const std::string& owner) {
  const std::string normal = std::filesystem::path(path).lexically_normal();
  if (!path_exists(normal)) {
    make_parents(normal, owner);
    make_one(normal, attributes, owner);
  }
  return is_marked_for(normal, owner);
}

bool is_marked_for(const std::string& path, const std::string& owner) {
  const UniqueFd folder(open(path.c_str(), kFolder));
  return folder.valid() && is_for(mark_of(folder.get()), owner);
}

bool remove_marked_folder(const std::string& path, const std::string& owner) {
  if (!is_marked_for(path, owner)) return !path_exists(path);
  const UniqueFd parent = open_or_throw(parent_path(path), O_RDONLY | O_DIRECTORY);
  if (!remove_own(parent.get(), name_in_parent(path), path, owner)) return false;
  for (std::string above = parent_path(path); above.size() > 1; above = parent_path(above))
    if (!is_marked_for(above, owner) || rmdir(above.c_str()) != 0) break;
  return true;
}

}  // namespace baker
