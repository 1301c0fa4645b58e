#include "cache/file_copy.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace baker {
namespace {

void copy_range(int from, int to, off_t start, off_t end, const std::string& path) {
  off_t read_at = start;
  off_t write_at = start;
  while (read_at < end) {
    ssize_t count =
        copy_file_range(from, &read_at, to, &write_at, static_cast<size_t>(end - read_at), 0);
    if (count > 0) continue;
    if (count == 0)
      throw Error("cannot copy to " + path + ": the file in the layer became shorter");
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
      throw system_error("cannot write " + path, path);
    }
    char buffer[1 << 17];
    while (read_at < end) {
      count = pread(from, buffer,
                    std::min<size_t>(sizeof buffer, static_cast<size_t>(end - read_at)), read_at);
      if (count <= 0) throw system_error("cannot read for " + path);
      if (pwrite(to, buffer, static_cast<size_t>(count), write_at) != count)
        throw system_error("cannot write " + path, path);
      read_at += count;
      write_at += count;
    }
  }
}

void copy_content(int from, int to, const struct stat& status, const std::string& path) {
  const bool sparse = status.st_blocks * 512 < status.st_size;
  if (!sparse) return copy_range(from, to, 0, status.st_size, path);
  for (off_t at = 0; at < status.st_size;) {
    off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0) break;  // only a hole is left
    off_t hole = lseek(from, data, SEEK_HOLE);
    copy_range(from, to, data, hole, path);
    at = hole;
  }
  if (ftruncate(to, status.st_size) != 0) throw system_error("cannot write " + path, path);
}

bool is_mark(const std::string& xattr) {
  return xattr.starts_with("trusted.overlay.") || xattr.starts_with("trusted.baker.");
}

// What a name inherited from its folder's default ACL, or had before a layer was laid over it.
void drop_other_xattrs(const ListingEntry& entry, const std::string& path) {
  char names[4096];
  const ssize_t size = llistxattr(path.c_str(), names, sizeof names);
  for (ssize_t at = 0; at < size;) {
    const std::string name = names + at;
    at += static_cast<ssize_t>(name.size()) + 1;
    const bool ours = name.starts_with("system.posix_acl_") || name.starts_with("user.") ||
                      name.starts_with("trusted.") || name == "security.capability";
    if (ours && !entry.xattrs.contains(name) && lremovexattr(path.c_str(), name.c_str()) != 0)
      throw system_error("cannot remove the attribute " + name + " of " + path, path);
  }
}

}  // namespace

void FileCopier::copy(const std::string& from, const ListingEntry& entry, const std::string& to) {
  UniqueFd source = open_or_throw(from, O_RDONLY | O_NOFOLLOW);
  UniqueFd target = open_or_throw(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  struct stat status;
  if (fstat(source.get(), &status) != 0) throw system_error("cannot look at " + from);
  if (status.st_size > 0) {
    if (clones_ && ioctl(target.get(), FICLONE, source.get()) == 0) {
      cloned_ = true;
    } else {
      clones_ = false;
      copy_content(source.get(), target.get(), status, to);
    }
  }
  give_attributes(entry, to);
}

void FileCopier::make_special(const ListingEntry& entry, const std::string& to) {
  int failed = 0;
  if (entry.type == 'l') {
    failed = symlink(entry.content.c_str(), to.c_str());
  } else {
    const size_t colon = entry.device.find(':');
    const dev_t device =
        entry.type == 'p'
            ? 0
            : makedev(static_cast<unsigned>(std::atoi(entry.device.c_str())),
                      static_cast<unsigned>(std::atoi(entry.device.c_str() + colon + 1)));
    const mode_t type = entry.type == 'p' ? S_IFIFO : entry.type == 'b' ? S_IFBLK : S_IFCHR;
    failed = mknod(to.c_str(), type | 0600, device);
  }
  if (failed != 0) throw system_error("cannot make " + to, to);
  give_attributes(entry, to);
}

void FileCopier::give_attributes(const ListingEntry& entry, const std::string& path) {
  if (lchown(path.c_str(), entry.uid, entry.gid) != 0)
    throw system_error("cannot set the owner of " + path, path);
  drop_other_xattrs(entry, path);
  if (entry.type != 'l' && chmod(path.c_str(), entry.mode) != 0)
    throw system_error("cannot set the mode of " + path, path);
  for (const auto& [name, value] : entry.xattrs) {
    if (is_mark(name)) continue;
    if (lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) != 0) {
      throw system_error("cannot set the attribute " + name + " of " + path, path);
    }
  }
  const timespec times[2] = {{entry.mtime, 0}, {entry.mtime, 0}};
  if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error("cannot set the time of " + path, path);
  }
}

}  // namespace baker
