#include "cache/layer_seal.h"

#include "engine/base/error.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>

namespace baker {
namespace {

using Inode = std::pair<dev_t, ino_t>;

// A folder that is made because a file has to lie somewhere (root_dir.h).
bool is_plain(const ListingEntry& directory) {
  ListingEntry plain;
  plain.mode = 0755;
  return directory.same_attributes(plain);
}

class Walk {
 public:
  // Seals where there are settings.
  Walk(std::string tree, std::optional<SealSettings> settings)
      : tree_(std::move(tree)), settings_(settings), now_(time(nullptr)) {}

  Listing run() {
    visit(".", tree_, settings_ && settings_->root ? settings_->root->find(".") : Stack::Look{});
    std::ranges::sort(entries_, {}, &ListingEntry::path);
    name_hard_links();
    return Listing::of(entries_);
  }

 private:
  // `below` is what the root has at this place.
  void visit(const std::string& relative, const std::string& path, const Stack::Look& below) {
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) throw system_error("cannot look at " + path);
    if (S_ISSOCK(status.st_mode)) {
      if (settings_) unlink(path.c_str());
      return;
    }
    ListingEntry entry = describe(relative, path, status);
    if (entry.type == 'd') {
      if (settings_) settle_mark(entry, path, below);
      visit_inside(relative, path, entry.opaque() ? Stack::Look{} : below);
    }
    entry.mtime = settle_time(path, status, entry.type);
    entries_.push_back(std::move(entry));
  }

  void visit_inside(const std::string& relative, const std::string& path,
                    const Stack::Look& below) {
    const bool has_root = below.entry && below.entry->entry.type == 'd';
    for (const std::string& name : list_directory(path)) {
      const std::string inner = relative == "." ? name : relative + "/" + name;
      visit(inner, path + "/" + name,
            has_root ? settings_->root->look(inner, below.floor) : Stack::Look{});
    }
  }

  // overlayfs gives a folder that a stage only passes through the attributes that it had below:
  // then this stage says nothing about it.
  void settle_mark(ListingEntry& entry, const std::string& path, const Stack::Look& below) {
    const bool over_another = below.entry && below.entry->entry.type == 'd' && !entry.opaque();
    const bool implied = over_another ? entry.same_attributes(below.entry->entry)
                                      : entry.implied() && is_plain(entry);
    if (implied == entry.implied()) return;
    if (implied) {
      entry.xattrs[kImpliedMark] = "y";
      if (lsetxattr(path.c_str(), kImpliedMark, "y", 1, 0) != 0)
        throw system_error("cannot mark " + path, path);
    } else {
      entry.xattrs.erase(kImpliedMark);
      if (lremovexattr(path.c_str(), kImpliedMark) != 0)
        throw system_error("cannot take the mark off " + path, path);
    }
  }

  ListingEntry describe(const std::string& relative, const std::string& path,
                        const struct stat& status) {
    ListingEntry entry;
    entry.path = relative;
    entry.type = type_of(status);
    if (entry.type == 'w') return entry;  // a whiteout has no attributes of its own
    entry.mode = status.st_mode & 07777U;
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
    entry.xattrs = settle_xattrs(path);
    if (entry.type == 'f') {
      entry.size = static_cast<std::uint64_t>(status.st_size);
      if (status.st_nlink > 1) inodes_[relative] = {status.st_dev, status.st_ino};
      entry.content = content_of(path, status);
    } else if (entry.type == 'l') {
      entry.content = link_target(path);
    } else if (entry.type == 'c' || entry.type == 'b') {
      entry.device = fmt::format("{}:{}", major(status.st_rdev), minor(status.st_rdev));
    }
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
    if (status.st_nlink == 1) return digest_content(path).hex();
    std::string& hex = hashes_[{status.st_dev, status.st_ino}];
    if (hex.empty()) hex = digest_content(path).hex();
    return hex;
  }

  std::map<std::string, std::string> settle_xattrs(const std::string& path) const {
    std::map<std::string, std::string> kept;
    for (const std::string& name : xattr_names(path)) {
      if (name == "trusted.overlay.redirect" || name == "trusted.overlay.metacopy")
        throw Error(path + " has the mark " + name + ", which points outside its own layer");
      if (is_content_xattr(name) || name == "trusted.overlay.opaque") {
        kept[name] = xattr_value(path, name);
      } else if (settings_ && is_layer_mark(name) &&
                 lremovexattr(path.c_str(), name.c_str()) != 0) {
        throw system_error("cannot remove the attribute " + name + " of " + path);
      }
    }
    return kept;
  }

  // The clock may be behind the epoch, or far ahead of the times that an archive gives its files.
  bool is_new(std::int64_t seconds) const {
    constexpr std::int64_t kTick = 1;  // the kernel's coarse clock, rounded
    return seconds > settings_->epoch || (seconds >= settings_->started - kTick && seconds <= now_);
  }

  std::int64_t settle_time(const std::string& path, const struct stat& status, char type) const {
    if (type == 'w') return 0;
    std::int64_t seconds = status.st_mtim.tv_sec;
    if (!settings_) return seconds;
    if (is_new(seconds)) seconds = settings_->epoch;
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
  std::optional<SealSettings> settings_;
  std::int64_t now_;  // seconds
  std::vector<ListingEntry> entries_;
  std::map<std::string, Inode> inodes_;  // of files with several names, by path
  std::map<Inode, std::string> hashes_;
};

}  // namespace

Listing seal_tree(const std::string& tree, const SealSettings& settings) {
  return Walk(tree, settings).run();
}

Listing list_tree(const std::string& tree) {
  return Walk(tree, std::nullopt).run();
}

}  // namespace baker
