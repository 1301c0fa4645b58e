#include "engine/io/parent_cache.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/xattr.h>

namespace baker {

const ParentDirectory& ParentCache::of(const std::string& path) {
  std::string_view folder = std::string_view(path).substr(0, path.rfind('/') + 1);
  if (current_.fd.valid() && current_.path == folder) return current_;
  forget();
  current_.path = folder;
  std::optional<UniqueFd> found = root_.open(current_.path, O_RDONLY | O_DIRECTORY);
  if (!found) {
    root_.place(path);
    found = root_.open(current_.path, O_RDONLY | O_DIRECTORY);
  }
  struct stat status {};
  if (!found || ::fstat(found->get(), &status) != 0) {
    throw system_error("cannot open the directory " + json_quote(current_.path));
  }
  current_.device = status.st_dev;
  current_.inode = status.st_ino;
  current_.has_default_acl = ::fgetxattr(found->get(), "system.posix_acl_default", nullptr, 0) > 0;
  current_.fd = std::move(*found);
  return current_;
}

const char* ParentCache::name_in(const std::string& path) {
  return path.c_str() + path.rfind('/') + 1;
}

}  // namespace baker
