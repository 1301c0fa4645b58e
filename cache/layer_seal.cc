#include "cache/layer_seal.h"

#include "cache/file_copy.h"
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

// Goes through a tree in the order of its listing, so that no more than one entry is in memory:
// what lies in a folder comes after all names of its parent that are less than the folder's with a
// slash.
class Walk {
 public:
  // Seals where there are settings.
  Walk(std::string tree, std::optional<SealSettings> settings, const LineSink& sink,
       CheckDepth depth = CheckDepth::kContent)
      : tree_(std::move(tree)),
        settings_(settings),
        sink_(sink),
        depth_(depth),
        now_(time(nullptr)) {}

  void run() {
    const Stack::Look below =
        settings_ && settings_->root ? settings_->root->find(".") : Stack::Look{};
    root_ = look_at(".", tree_, below);
    if (!root_ || root_->entry.type != 'd') throw Error(tree_ + " is not a folder");
    finish(*root_);
  }

 private:
  struct Seen {
    ListingEntry entry;
    std::string path;
    Stack::Look below;  // what the root has in its place
    bool has_other_names = false;
    Inode inode{};
  };

  // Nothing of a socket, which is removed.
  std::optional<Seen> look_at(const std::string& relative, const std::string& path,
                              const Stack::Look& below) {
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) throw system_error("cannot look at " + path);
    if (S_ISSOCK(status.st_mode)) {
      if (settings_) unlink(path.c_str());
      return std::nullopt;
    }
    Seen seen{describe(relative, path, status), path, below, false, {status.st_dev, status.st_ino}};
    seen.has_other_names = seen.entry.type == 'f' && status.st_nlink > 1;
    if (seen.entry.type == 'd' && settings_) settle_mark(seen.entry, path, below);
    if (seen.entry.opaque()) seen.below = {};
    seen.entry.mtime = time_of(status, seen.entry.type);
    if (settings_ && seen.entry.type != 'd' && seen.entry.type != 'w' &&
        (seen.entry.mtime != status.st_mtim.tv_sec || status.st_mtim.tv_nsec != 0))
      set_time(path, seen.entry.mtime);
    return seen;
  }

  void finish(const Seen& folder) {
    std::vector<std::string> names = list_directory(folder.path);
    if (folder.entry.path == ".") names.emplace_back(".");
    std::ranges::sort(names);
    std::map<std::string, Seen> inside;  // folders, by what the paths of all in them begin with
    auto finish_up_to = [&](const std::string& name) {
      while (!inside.empty() && (name.empty() || inside.begin()->first < name))
        finish(inside.extract(inside.begin()).mapped());
    };
    for (const std::string& name : names) {
      finish_up_to(name);
      std::optional<Seen> seen = name == "." ? root_ : look_inside(folder, name);
      if (!seen) continue;
      write(*seen);
      if (seen->entry.type == 'd' && name != ".") inside.emplace(name + "/", *std::move(seen));
    }
    finish_up_to("");
    if (settings_) set_time(folder.path, folder.entry.mtime);
  }

  std::optional<Seen> look_inside(const Seen& folder, const std::string& name) {
    const std::string& parent = folder.entry.path;
    const std::string path = parent == "." ? name : parent + "/" + name;
    const bool has_root = folder.below.entry && folder.below.entry->entry.type == 'd';
    return look_at(path, folder.path + "/" + name,
                   has_root ? settings_->root->look(path, folder.below.floor) : Stack::Look{});
  }

  // Of several names of one file the first is the file, every further one a link to it.
  void write(const Seen& seen) {
    if (!seen.has_other_names) return sink_(line_of(seen.entry));
    const auto [first, is_first] = first_names_.emplace(seen.inode, seen.entry.path);
    if (is_first) return sink_(line_of(seen.entry));
    ListingEntry link = seen.entry;
    link.type = 'h';
    link.size = 0;
    link.content = first->second;
    sink_(line_of(link));
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
    if (depth_ == CheckDepth::kAttributes) return "";
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
    // time(2) and the times of files come from clocks of which either may be a tick behind.
    constexpr std::int64_t kTick = 1;
    return seconds > settings_->epoch ||
           (seconds >= settings_->started - kTick && seconds <= now_ + kTick);
  }

  std::int64_t time_of(const struct stat& status, char type) const {
    if (type == 'w') return 0;
    const std::int64_t seconds = status.st_mtim.tv_sec;
    return settings_ && is_new(seconds) ? settings_->epoch : seconds;
  }

  std::string tree_;
  std::optional<SealSettings> settings_;
  const LineSink& sink_;
  CheckDepth depth_;
  std::int64_t now_;  // seconds
  std::optional<Seen> root_;
  std::map<Inode, std::string> first_names_;  // of files with several
  std::map<Inode, std::string> hashes_;       // of the same
};

}  // namespace

void seal_tree(const std::string& tree, const SealSettings& settings, const LineSink& sink) {
  Walk(tree, settings, sink).run();
}

Listing list_tree(const std::string& tree, CheckDepth depth) {
  std::string text;
  const LineSink sink = [&text](std::string_view line) { text += line; };
  Walk(tree, std::nullopt, sink, depth).run();
  return Listing::parse(std::move(text));
}

}  // namespace baker
