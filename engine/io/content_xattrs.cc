#include "engine/io/content_xattrs.h"

#include "engine/io/system_error.h"

#include <sys/xattr.h>

#include <cerrno>

namespace baker {

std::vector<std::string> xattr_names(const std::string& path) {
  const ssize_t most = ::llistxattr(path.c_str(), nullptr, 0);
  if (most < 0 && errno != ENOTSUP)
    throw system_error("cannot list the extended attributes of " + path, path);
  if (most <= 0) return {};
  std::string buffer(static_cast<size_t>(most), '\0');
  const ssize_t size = ::llistxattr(path.c_str(), buffer.data(), buffer.size());
  if (size < 0) throw system_error("cannot list the extended attributes of " + path, path);
  std::vector<std::string> names;
  for (size_t at = 0; at < static_cast<size_t>(size); at += names.back().size() + 1)
    names.emplace_back(buffer.c_str() + at);
  return names;
}

std::string xattr_value(const std::string& path, const std::string& name) {
  const ssize_t most = ::lgetxattr(path.c_str(), name.c_str(), nullptr, 0);
  std::string value(static_cast<size_t>(most < 0 ? 0 : most), '\0');
  const ssize_t size =
      most < 0 ? most : ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
  if (size < 0) throw system_error("cannot read the extended attribute " + name + " of " + path);
  value.resize(static_cast<size_t>(size));
  return value;
}

std::map<std::string, std::string> content_xattrs(const std::string& path) {
  std::map<std::string, std::string> xattrs;
  for (const std::string& name : xattr_names(path))
    if (is_content_xattr(name)) xattrs[name] = xattr_value(path, name);
  return xattrs;
}

bool is_content_xattr(std::string_view name) {
  return name.starts_with("user.") || name == "security.capability" ||
         name == "system.posix_acl_access" || name == "system.posix_acl_default" ||
         (name.starts_with("trusted.") && !name.starts_with("trusted.overlay."));
}

bool is_layer_mark(std::string_view name) {
  return name.starts_with("trusted.overlay.") || name.starts_with("trusted.baker.");
}

}  // namespace baker
