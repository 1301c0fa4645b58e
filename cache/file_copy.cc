#include "cache/file_copy.h"

#include "engine/base/error.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/copy_content.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>

namespace baker {
namespace {

// What a name inherited from its folder's default ACL, or had before a layer was laid over it.
void drop_other_xattrs(const ListingEntry& entry, const std::string& path) {
  for (const std::string& name : xattr_names(path)) {
    if (is_content_xattr(name) && !entry.xattrs.contains(name) &&
        lremovexattr(path.c_str(), name.c_str()) != 0)
      throw system_error("cannot remove the attribute " + name + " of " + path, path);
  }
}

}  // namespace

void FileCopier::copy(const std::string& from, const ListingEntry& entry, const std::string& to) {
  UniqueFd source = open_or_throw(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  UniqueFd target = open_or_throw(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  struct stat status;
  if (fstat(source.get(), &status) != 0) throw system_error("cannot look at " + from);
  if (!S_ISREG(status.st_mode)) throw Error(from + " is not a regular file");
  if (status.st_size > 0) {
    const bool shared =
        copy_content(source.get(), target.get(), to, clones_) == CopiedBy::kSharingBlocks;
    (shared ? cloned_ : clones_) = shared;
    // Whoever reads the bytes sees whether they are what was baked.
    if (!shared && !entry.content.empty() && digest_content(from).hex() != entry.content)
      throw Error(
          "/" + entry.path +
          " is damaged in the cache: it is not what was baked. "
          "`baker verify --deep` takes its layer out of use, and the next run bakes it again");
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

void set_time(const std::string& path, std::int64_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
    throw system_error("cannot set the time of " + path, path);
}

void FileCopier::give_attributes(const ListingEntry& entry, const std::string& path) {
  if (lchown(path.c_str(), entry.uid, entry.gid) != 0)
    throw system_error("cannot set the owner of " + path, path);
  drop_other_xattrs(entry, path);
  if (entry.type != 'l' && chmod(path.c_str(), entry.mode) != 0)
    throw system_error("cannot set the mode of " + path, path);
  for (const auto& [name, value] : entry.xattrs) {
    if (is_layer_mark(name)) continue;
    if (lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) != 0) {
      throw system_error("cannot set the attribute " + name + " of " + path, path);
    }
  }
  set_time(path, entry.mtime);
}

}  // namespace baker
