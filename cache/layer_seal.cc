#include "cache/layer_seal.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace baker {
namespace {

std::vector<std::string> xattr_names(const std::string& path) {
  ssize_t size = llistxattr(path.c_str(), nullptr, 0);
  if (size <= 0) return {};
  std::string buffer(static_cast<size_t>(size), '\0');
  size = llistxattr(path.c_str(), buffer.data(), buffer.size());
  if (size < 0) throw system_error("cannot read the extended attributes of " + path);
  std::vector<std::string> names;
  for (size_t at = 0; at < static_cast<size_t>(size); at += names.back().size() + 1) {
    names.emplace_back(buffer.c_str() + at);
  }
  return names;
}

std::string xattr_value(const std::string& path, const std::string& name) {
  ssize_t size = lgetxattr(path.c_str(), name.c_str(), nullptr, 0);
  if (size < 0) throw system_error("cannot read the attribute " + name + " of " + path);
  std::string value(static_cast<size_t>(size), '\0');
  size = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
  if (size < 0) throw system_error("cannot read the attribute " + name + " of " + path);
  value.resize(static_cast<size_t>(size));
  return value;
}

using Inode = std::pair<dev_t, ino_t>;

class Walk {
 public:
  Walk(std::string tree, std::optional<std::int64_t> seal_epoch)
      : tree_(std::move(tree)), epoch_(seal_epoch) {}

  Listing run() {
    visit(".", tree_);
    std::sort(entries_.begin(), entries_.end(),
              [](const ListingEntry& a, const ListingEntry& b) { return a.path < b.path; });
    name_hard_links();
    Listing listing;
    for (ListingEntry& entry : entries_) listing.add(std::move(entry));
    return listing;
  }

 private:
  void visit(const std::string& relative, const std::string& path) {
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) throw system_error("cannot look at " + path);
    if (S_ISSOCK(status.st_mode)) {
      if (epoch_) unlink(path.c_str());
      return;
    }
    ListingEntry entry = describe(relative, path, status);
    if (entry.type == 'd') {
      for (const std::string& name : list_directory(path)) {
        visit(relative == "." ? name : relative + "/" + name, path + "/" + name);
      }
    }
    entry.mtime = settle_time(path, status, entry.type);
    entries_.push_back(std::move(entry));
  }

  ListingEntry describe(const std::string& relative, const std::string& path,
                        const struct stat& status) {
    ListingEntry entry;
    entry.path = relative;
    entry.mode = status.st_mode & 07777U;
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
    entry.type = type_of(status);
    entry.xattrs = settle_xattrs(path);
    if (entry.type == 'f') {
      entry.size = static_cast<std::uint64_t>(status.st_size);
      if (status.st_nlink > 1) inodes_[relative] = {status.st_dev, status.st_ino};
      entry.content = content_of(path, status);
    } else if (entry.type == 'l') {
      entry.content = link_target(path);
    } else if (entry.type == 'c' || entry.type == 'b') {
      entry.device =
          std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
    }
    if (entry.type == 'w') entry.mode = 0;  // a whiteout has no attributes of its own
    return entry;
  }

  static char type_of(const struct stat& status) {
    switch (status.st_mode & S_IFMT) {
      case S_IFDIR:
        return 'd';
      case S_IFLNK:
        return 'l';
      case S_IFCHR:
        return status.st_rdev == 0 ? 'w' : 'c';
      case S_IFBLK:
        return 'b';
      case S_IFIFO:
        return 'p';
      default:
        return 'f';
    }
  }

  // Several names of one file are hashed once.
  std::string content_of(const std::string& path, const struct stat& status) {
    if (status.st_nlink == 1) return digest_file(path).hex();
    std::string& hex = hashes_[{status.st_dev, status.st_ino}];
    if (hex.empty()) hex = digest_file(path).hex();
    return hex;
  }

  std::map<std::string, std::string> settle_xattrs(const std::string& path) {
    std::map<std::string, std::string> kept;
    for (const std::string& name : xattr_names(path)) {
      if (name == "trusted.overlay.redirect" || name == "trusted.overlay.metacopy") {
        throw Error(path + " holds " + name + ", which points outside its own layer");
      }
      if (name.starts_with("trusted.overlay.") && name != "trusted.overlay.opaque") {
        if (epoch_ && lremovexattr(path.c_str(), name.c_str()) != 0) {
          throw system_error("cannot remove the attribute " + name + " of " + path);
        }
        continue;
      }
      kept[name] = xattr_value(path, name);
    }
    return kept;
  }

  std::int64_t settle_time(const std::string& path, const struct stat& status, char type) const {
    if (type == 'w') return 0;
    std::int64_t seconds = status.st_mtim.tv_sec;
    if (!epoch_) return seconds;
    seconds = std::min(seconds, *epoch_);
    if (seconds != status.st_mtim.tv_sec || status.st_mtim.tv_nsec != 0 || type == 'd') {
      timespec times[2] = {{seconds, 0}, {seconds, 0}};
      if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
        throw system_error("cannot set the time of " + path);
      }
    }
    return seconds;
  }

  // The first name in the order of the listing is the file, every further one a link to it.
  void name_hard_links() {
    std::map<Inode, std::string> first;
    for (ListingEntry& entry : entries_) {
      auto inode = inodes_.find(entry.path);
      if (inode == inodes_.end()) continue;
      auto [known, is_first] = first.emplace(inode->second, entry.path);
      if (is_first) continue;
      entry.type = 'h';
      entry.size = 0;
      entry.content = known->second;
    }
  }

  std::string tree_;
  std::optional<std::int64_t> epoch_;
  std::vector<ListingEntry> entries_;
  std::map<std::string, Inode> inodes_;  // of files with several names, by path
  std::map<Inode, std::string> hashes_;
};

}  // namespace

Listing seal_tree(const std::string& tree, std::int64_t epoch) {
  return Walk(tree, epoch).run();
}

Listing list_tree(const std::string& tree) {
  return Walk(tree, std::nullopt).run();
}

}  // namespace baker
