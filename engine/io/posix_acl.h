// POSIX ACLs as Linux keeps them in the xattrs system.posix_acl_access and
// system.posix_acl_default.
#pragma once

#include "engine/io/archive_reader.h"
#include "engine/io/root_dir.h"

namespace baker {

inline constexpr const char* kAccessAcl = "system.posix_acl_access";
inline constexpr const char* kDefaultAcl = "system.posix_acl_default";

bool has_names_alone(const std::vector<AclEntry>& acl);

// The xattr's value. Names without a number are those of the root's own /etc/passwd and /etc/group;
// throws Error where they are not there.
std::string encode_posix_acl(std::vector<AclEntry> acl, const RootDir& root);

}  // namespace baker
