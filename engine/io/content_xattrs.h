// The extended attributes that belong to what a file is, as opposed to where it lies or who looks
// at it: compression settings of btrfs, labels of SELinux, signatures of IMA and the like are the
// host's. Only these enter layers, machines and archives.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

// user.*, trusted.* but overlayfs's own, POSIX ACLs, and capabilities.
bool is_content_xattr(std::string_view name);

// overlayfs's marks, and baker's (kImpliedMark): they say something of a layer, nothing of a file.
bool is_layer_mark(std::string_view name);

// All that are there, also those of the host, in the order of the file system. A symlink is not
// followed. All three throw Error; a file system without extended attributes has none.
std::vector<std::string> xattr_names(const std::string& path);
std::string xattr_value(const std::string& path, const std::string& name);
// Those that belong to content, with their values.
std::map<std::string, std::string> content_xattrs(const std::string& path);

}  // namespace baker
