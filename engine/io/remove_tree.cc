// Removing a tree of any depth with two open directories at a time: on the way back up `..` is
// opened and compared with the directory that was left. Somebody else may remove the same tree.
#include "engine/base/text.h"
#include "engine/io/btrfs.h"
#include "engine/io/directory_names.h"
#include "engine/io/files.h"
#include "engine/io/open_inside.h"
#include "engine/io/process.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace baker {
namespace {

constexpr int kWaitMs = 100;  // so that what is small is gone when baker ends

struct Level {
  std::string name;
  dev_t device;
  ino_t inode;
  std::vector<std::string> directories;  // still to be removed
};

[[nodiscard]] Error cannot_remove(const std::string& name) {
  return system_error("cannot remove " + json_quote(name));
}

// Invalid where it is gone. Without NO_XDEV a forgotten mount inside a tree would lose what is
// mounted there.
UniqueFd open_directory(int parent, const std::string& name) {
  UniqueFd fd = open_inside(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
                            RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
  if (fd.valid() || errno == ENOENT) return fd;
  if (errno == EXDEV) {
    throw Error("cannot remove " + json_quote(name) + ": something is mounted there; unmount it");
  }
  throw cannot_remove(name);
}

// What is immutable or append-only (chattr) can't be unlinked, nor can anything in such a folder.
void make_changeable(int parent, const char* name) {
  struct stat status {};
  if (::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
      !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)))
    return;
  const UniqueFd fd(::openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  int flags = 0;
  if (!fd.valid() || ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) return;
  flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  ::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags);
}

// unlinkat(2) in a folder of the tree that is removed.
int unlink_in_tree(int folder, const std::string& name, int flags) {
  if (::unlinkat(folder, name.c_str(), flags) == 0) return 0;
  if (errno != EPERM) return -1;
  make_changeable(folder, ".");
  make_changeable(folder, name.c_str());
  return ::unlinkat(folder, name.c_str(), flags);
}

void remove_emptied(int parent, const std::string& name) {
  if (unlink_in_tree(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT) throw cannot_remove(name);
}

// Unlinks everything in the directory that is no directory, and returns the directories' names.
std::vector<std::string> unlink_files(int directory) {
  std::vector<std::string> directories;
  for (std::string& name : directory_names(directory)) {
    if (unlink_in_tree(directory, name, 0) == 0 || errno == ENOENT) continue;
    if (errno != EISDIR) throw cannot_remove(name);
    directories.push_back(std::move(name));
  }
  return directories;
}

Level enter(int directory, std::string name) {
  struct stat status {};
  if (::fstat(directory, &status) != 0) throw cannot_remove(name);
  return {std::move(name), status.st_dev, status.st_ino, unlink_files(directory)};
}

UniqueFd climb(int directory, const Level& to) {
  UniqueFd up(::openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!up.valid() || ::fstat(up.get(), &status) != 0) throw cannot_remove(to.name);
  if (status.st_dev != to.device || status.st_ino != to.inode) {
    throw Error("cannot remove " + json_quote(to.name) + ": it was moved meanwhile");
  }
  return up;
}

void empty_directory(UniqueFd current, const std::string& name) {
  std::vector<Level> levels;
  levels.push_back(enter(current.get(), name));
  for (;;) {
    if (!levels.back().directories.empty()) {
      std::string child = std::move(levels.back().directories.back());
      levels.back().directories.pop_back();
      UniqueFd opened = open_directory(current.get(), child);
      if (!opened.valid()) continue;
      current = std::move(opened);
      levels.push_back(enter(current.get(), std::move(child)));
      continue;
    }
    std::string emptied = std::move(levels.back().name);
    levels.pop_back();
    if (levels.empty()) return;
    current = climb(current.get(), levels.back());
    remove_emptied(current.get(), emptied);
  }
}

struct Entry {
  UniqueFd parent;  // invalid where there is none
  std::string name;
};

Entry entry_at(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    throw Error("cannot remove " + json_quote(path) + ": its last part is not a name");
  }
  UniqueFd parent(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid() && errno != ENOENT) throw system_error("cannot open " + json_quote(folder));
  return {std::move(parent), std::move(name)};
}

}  // namespace

void remove_tree_at(int parent, const std::string& name) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno == EPERM) {
    make_changeable(parent, name.c_str());
    if (::unlinkat(parent, name.c_str(), 0) == 0) return;
  }
  if (errno != EISDIR) throw cannot_remove(name);
  if (remove_subvolume(parent, name)) return;
  UniqueFd directory = open_directory(parent, name);
  if (!directory.valid()) return;
  empty_directory(std::move(directory), name);
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
    throw cannot_remove(name);
}

void remove_tree(const std::string& path) {
  const Entry entry = entry_at(path);
  if (!entry.parent.valid()) return;
  try {
    remove_tree_at(entry.parent.get(), entry.name);
  } catch (Error& error) {
    throw error.during("removing " + path);
  }
}

void remove_trees_in_background(const std::vector<std::string>& paths,
                                const std::vector<UniqueFd>& held) {
  std::vector<std::string> removal = {
      "nice", "-n", "19", "rm", "--force", "--recursive", "--one-file-system", "--"};
  const size_t words = removal.size();
  for (const std::string& path : paths) {
    const Entry entry = entry_at(path);
    if (path_exists(path) && !remove_subvolume(entry.parent.get(), entry.name))
      removal.push_back(path);
  }
  if (removal.size() == words) return;
  const UniqueFd nothing = open_or_throw("/dev/null", O_RDWR);
  SpawnOptions options;
  options.argv = std::move(removal);
  options.directory = "/";
  options.descriptors = {{nothing.get(), 0}, {nothing.get(), 1}, {nothing.get(), 2}};
  options.outlives_us = true;
  int next = 3;
  for (const UniqueFd& fd : held) options.descriptors.emplace_back(fd.get(), next++);
  const Process process(options);
  if (!held.empty()) return;
  pollfd end = {process.pidfd(), POLLIN, 0};
  (void)::poll(&end, 1, kWaitMs);
}

}  // namespace baker
