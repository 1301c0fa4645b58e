#include "engine/io/entry_writer.h"

#include "engine/base/text.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/disk_space.h"
#include "engine/io/file_attributes.h"
#include "engine/io/posix_acl.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

namespace baker {
namespace {

bool belongs_to_us(const std::string& xattr) {
  return xattr.starts_with("trusted.overlay.") || xattr.starts_with("user.overlay.") ||
         xattr.starts_with("trusted.baker.");
}

void check_xattrs(const std::vector<Xattr>& xattrs) {
  for (const Xattr& xattr : xattrs) {
    if (belongs_to_us(xattr.name)) {
      throw Error("it carries the xattr " + json_quote(xattr.name) +
                  ", which would change how layers are stacked; make the archive without it");
    }
  }
}

[[noreturn]] void fail_xattr(const std::string& name) {
  if (errno == ENOSPC || errno == E2BIG || errno == ERANGE)
    throw Error("its xattr " + json_quote(name) +
                " is larger than the file system of the cache can store");
  throw system_error("cannot set the xattr " + json_quote(name));
}

void set_xattrs(int fd, const std::vector<Xattr>& xattrs) {
  for (const Xattr& xattr : xattrs) {
    if (!is_content_xattr(xattr.name)) continue;
    if (::fsetxattr(fd, xattr.name.c_str(), xattr.value.data(), xattr.value.size(), 0) != 0) {
      fail_xattr(xattr.name);
    }
  }
}

// Of symlinks, devices and fifos, which can't be opened.
void set_xattrs_by_name(int parent, const char* name, const std::vector<Xattr>& xattrs) {
  std::string path = fmt::format("/proc/self/fd/{}/{}", parent, name);
  for (const Xattr& xattr : xattrs) {
    if (!is_content_xattr(xattr.name)) continue;
    if (::lsetxattr(path.c_str(), xattr.name.c_str(), xattr.value.data(), xattr.value.size(), 0)) {
      fail_xattr(xattr.name);
    }
  }
}

void set_mtime(int parent, const char* name, const timespec& mtime) {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, mtime};
  if (::utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error("cannot set the time");
  }
}

void set_mtime(int fd, const timespec& mtime) {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, mtime};
  if (::futimens(fd, times) != 0) throw system_error("cannot set the time");
}

// A new file nearly always has its owner and mode already, and asking is cheaper than setting.
void set_owner_and_mode(int fd, const Attributes& wanted) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw system_error("cannot look at it");
  bool moves = status.st_uid != wanted.uid || status.st_gid != wanted.gid;
  if (moves && ::fchown(fd, wanted.uid, wanted.gid) != 0)
    throw system_error("cannot set the owner");
  if ((status.st_mode & 07777) != wanted.mode && ::fchmod(fd, wanted.mode) != 0) {
    throw system_error("cannot set the mode");
  }
}

Error disk_full(const RootDir& root, std::int64_t left_to_write) {
  std::optional<DiskSpace> space = disk_space(root.host_path());
  if (!space || space->out_of_inodes) return system_error("cannot write it", root.host_path());
  std::uint64_t wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(left_to_write, 1));
  std::uint64_t missing = wanted > space->free_bytes ? wanted - space->free_bytes : wanted;
  return Error("the disk is full: the file system at " + json_quote(space->mount_point) + " has " +
               human_bytes(space->free_bytes) + " left, and at least " + human_bytes(missing) +
               " more are needed; make room there");
}

}  // namespace

std::uint64_t EntryWriter::write(const std::string& path, const ArchiveEntry& entry,
                                 const std::string& link, ArchiveReader& reader) {
  check_xattrs(entry.xattrs);
  if (entry.hardlink) {
    make_hard_link(path, link);
    return 0;
  }
  switch (entry.type) {
    case S_IFREG:
      return make_file(path, entry, reader);
    case S_IFDIR:
      make_directory(path, entry);
      return 0;
    case S_IFLNK:
      make_symlink(path, entry);
      return 0;
    case S_IFSOCK:
      return 0;  // only the program that listens on one can make it
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
      make_special(path, entry);
      return 0;
    default:
      throw Error("it is of a type that is not understood");
  }
}

// Calls `make` with the parent and the name; once more where the name was taken and could be freed.
template <typename Make>
void EntryWriter::replacing(const std::string& path, Make make) {
  const char* name = ParentCache::name_in(path);
  if (make(parents_.of(path), name)) return;
  if (errno == EEXIST) {
    clear_the_way(path);
    if (make(parents_.of(path), name)) return;
  }
  throw system_error("cannot make it", root_.host_path());
}

void EntryWriter::clear_the_way(const std::string& path) {
  int parent = parents_.of(path).fd.get();
  const char* name = ParentCache::name_in(path);
  if (::unlinkat(parent, name, 0) != 0 && errno != ENOENT) {
    if (errno != EISDIR) throw system_error("cannot replace what is there");
    if (conflicts_ == Conflicts::kReplace) {
      remove_tree_at(parent, name);
    } else if (::unlinkat(parent, name, AT_REMOVEDIR) != 0) {
      if (errno == ENOTEMPTY) throw Error("there is a directory of that name, and it is not empty");
      throw system_error("cannot replace the directory that is there");
    }
  }
  parents_.forget();
}

bool EntryWriter::is_kept_symlink(const std::string& path, const struct stat& found) const {
  if (conflicts_ == Conflicts::kReplace || !S_ISLNK(found.st_mode)) return false;
  return root_.open(path, O_PATH | O_DIRECTORY).has_value();
}

void EntryWriter::make_directory(const std::string& path, const ArchiveEntry& entry) {
  const char* name = path == "/" ? "." : ParentCache::name_in(path);
  bool existed = true;
  struct stat found {};
  if (::mkdirat(parents_.of(path).fd.get(), name, 0700) == 0) {
    existed = false;
  } else if (errno != EEXIST) {
    throw system_error("cannot make it", root_.host_path());
  }
  auto look = [&] {
    if (::fstatat(parents_.of(path).fd.get(), name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
      throw system_error("cannot look at it");
    }
  };
  look();
  if (!S_ISDIR(found.st_mode)) {
    if (is_kept_symlink(path, found)) return;
    replacing(path, [](const ParentDirectory& parent, const char* its_name) {
      return ::mkdirat(parent.fd.get(), its_name, 0700) == 0;
    });
    existed = false;
    look();
  }
  std::unique_ptr<Metadata> metadata;
  if (!entry.xattrs.empty() || !entry.access_acl.empty() || !entry.default_acl.empty()) {
    metadata = std::make_unique<Metadata>(entry.xattrs, entry.access_acl, entry.default_acl);
  }
  late_.push_back({path,
                   found.st_dev,
                   found.st_ino,
                   true,
                   existed || parents_.of(path).has_default_acl,
                   {.mode = entry.mode, .uid = entry.uid, .gid = entry.gid},
                   entry.mtime,
                   std::move(metadata)});
}

std::uint64_t EntryWriter::make_file(const std::string& path, const ArchiveEntry& entry,
                                     ArchiveReader& reader) {
  UniqueFd file;
  bool inherits = false;
  replacing(path, [&](const ParentDirectory& parent, const char* name) {
    file =
        UniqueFd(::openat(parent.fd.get(), name,
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.mode & 0777));
    inherits = parent.has_default_acl;
    return file.valid();
  });
  std::uint64_t bytes = copy_content(file.get(), entry, reader);
  if (inherits) remove_acls(file.get());
  set_owner_and_mode(file.get(), {.mode = entry.mode, .uid = entry.uid, .gid = entry.gid});
  set_xattrs(file.get(), entry.xattrs);
  if (has_names_alone(entry.access_acl)) {
    struct stat made {};
    if (::fstat(file.get(), &made) != 0) throw system_error("cannot look at it");
    late_.push_back({path,
                     made.st_dev,
                     made.st_ino,
                     false,
                     false,
                     {},
                     {},
                     std::make_unique<Metadata>(std::vector<Xattr>{}, entry.access_acl,
                                                std::vector<AclEntry>{})});
  } else {
    set_acls(file.get(), entry.access_acl, {});
  }
  set_mtime(file.get(), entry.mtime);
  return bytes;
}

std::uint64_t EntryWriter::copy_content(int file, const ArchiveEntry& entry,
                                        ArchiveReader& reader) {
  std::uint64_t bytes = 0;
  std::int64_t end = 0;
  if (entry.size == 0) return 0;
  while (std::optional<ArchiveReader::Block> block = reader.next_block()) {
    end = block->offset;
    while (!block->data.empty()) {
      ssize_t written = ::pwrite(file, block->data.data(), block->data.size(), end);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == ENOSPC) throw disk_full(root_, entry.size - end);
      if (written < 0) throw system_error("cannot write it", root_.host_path());
      block->data = block->data.subspan(static_cast<size_t>(written));
      end += written;
      bytes += static_cast<std::uint64_t>(written);
    }
  }
  if (end < entry.size && ::ftruncate(file, entry.size) != 0) {
    throw system_error("cannot set its size", root_.host_path());
  }
  return bytes;
}

void EntryWriter::make_hard_link(const std::string& path, const std::string& link) {
  size_t slash = link.rfind('/') + 1;
  std::optional<UniqueFd> folder = root_.open(link.substr(0, slash), O_PATH | O_DIRECTORY);
  std::string name = link.substr(slash);
  struct stat target {};
  if (!folder || ::fstatat(folder->get(), name.c_str(), &target, AT_SYMLINK_NOFOLLOW) != 0) {
    throw Error("it is a hard link to " + json_quote(link) + ", which is not there");
  }
  replacing(path, [&](const ParentDirectory& parent, const char* new_name) {
    if (::linkat(folder->get(), name.c_str(), parent.fd.get(), new_name, 0) == 0) return true;
    if (errno != EEXIST) return false;
    struct stat found {};
    bool same = ::fstatat(parent.fd.get(), new_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                found.st_ino == target.st_ino && found.st_dev == target.st_dev;
    errno = EEXIST;
    return same;
  });
}

void EntryWriter::make_symlink(const std::string& path, const ArchiveEntry& entry) {
  replacing(path, [&](const ParentDirectory& parent, const char* name) {
    return ::symlinkat(entry.symlink_target.c_str(), parent.fd.get(), name) == 0;
  });
  int parent = parents_.of(path).fd.get();
  const char* name = ParentCache::name_in(path);
  if (::fchownat(parent, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error("cannot set the owner");
  }
  set_xattrs_by_name(parent, name, entry.xattrs);
  set_mtime(parent, name, entry.mtime);
}

void EntryWriter::make_special(const std::string& path, const ArchiveEntry& entry) {
  if (entry.type == S_IFCHR && entry.device == 0) {
    throw Error("it is a character device 0/0, which is overlayfs's mark for a removed file");
  }
  replacing(path, [&](const ParentDirectory& parent, const char* name) {
    return ::mknodat(parent.fd.get(), name, entry.type | 0600, entry.device) == 0;
  });
  int parent = parents_.of(path).fd.get();
  const char* name = ParentCache::name_in(path);
  if (::fchownat(parent, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::fchmodat(parent, name, entry.mode, 0) != 0) {
    throw system_error("cannot set owner and mode");
  }
  set_xattrs_by_name(parent, name, entry.xattrs);
  set_mtime(parent, name, entry.mtime);
}

void EntryWriter::set_acls(int fd, const std::vector<AclEntry>& access,
                           const std::vector<AclEntry>& inherited) {
  auto set = [&](const char* xattr, const std::vector<AclEntry>& acl) {
    if (acl.empty()) return;
    std::string value = encode_posix_acl(acl, root_);
    if (::fsetxattr(fd, xattr, value.data(), value.size(), 0) != 0) fail_xattr(xattr);
  };
  set(kAccessAcl, access);
  set(kDefaultAcl, inherited);
}

void EntryWriter::finish() {
  for (const Late& late : late_) {
    try {
      finish_one(late);
    } catch (Error& error) {
      throw error.during("entry " + json_quote(late.path));
    }
  }
  late_.clear();
}

void EntryWriter::finish_one(const Late& late) {
  std::optional<UniqueFd> fd =
      root_.open(late.path, O_NOFOLLOW | (late.directory ? O_RDONLY | O_DIRECTORY : O_PATH));
  struct stat status {};
  if (!fd || ::fstat(fd->get(), &status) != 0 || status.st_dev != late.device ||
      status.st_ino != late.inode) {
    return;  // a later entry took its place
  }
  if (!late.directory) {
    fd = root_.open(late.path, O_RDONLY | O_NOFOLLOW);
    if (fd) set_acls(fd->get(), late.metadata->access_acl, {});
    return;
  }
  if (late.existed) {
    remove_acls(fd->get());
    remove_implied_mark(fd->get());
  }
  set_owner_and_mode(fd->get(), late.attributes);
  if (late.metadata) {
    set_xattrs(fd->get(), late.metadata->xattrs);
    set_acls(fd->get(), late.metadata->access_acl, late.metadata->default_acl);
  }
  set_mtime(fd->get(), late.mtime);
}

}  // namespace baker
