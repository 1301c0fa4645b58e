#include "engine/io/file_attributes.h"

#include "engine/base/text.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/xattr.h>

#include <cerrno>

namespace baker {
namespace {

void remove_xattr(int fd, const char* name) {
  if (::fremovexattr(fd, name) == 0 || errno == ENODATA || errno == EOPNOTSUPP) return;
  throw system_error(std::string("cannot remove the xattr ") + name);
}

}  // namespace

void apply_attributes(int fd, const Attributes& attributes) {
  if (::fchown(fd, attributes.uid, attributes.gid) != 0) throw system_error("cannot set the owner");
  remove_acls(fd);
  if (::fchmod(fd, attributes.mode & 07777) != 0) throw system_error("cannot set the mode");
}

void remove_acls(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw system_error("cannot look at a new file");
  remove_xattr(fd, "system.posix_acl_access");
  if (S_ISDIR(status.st_mode)) remove_xattr(fd, "system.posix_acl_default");
}

bool make_implied_directory(int parent, const std::string& name) {
  if (::mkdirat(parent, name.c_str(), 0755) != 0) {
    if (errno == EEXIST) return false;
    throw system_error("cannot make the directory " + json_quote(name));
  }
  UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) throw system_error("cannot open the directory " + json_quote(name));
  apply_attributes(fd.get(), {.mode = 0755, .uid = 0, .gid = 0});
  if (::fsetxattr(fd.get(), kImpliedMark, "y", 1, 0) != 0) {
    throw system_error("cannot set the xattr " + std::string(kImpliedMark) + " on " +
                       json_quote(name));
  }
  return true;
}

void remove_implied_mark(int directory) {
  remove_xattr(directory, kImpliedMark);
}

}  // namespace baker
