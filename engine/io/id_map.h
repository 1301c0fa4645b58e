// User namespaces whose files keep their owners on the disk.
#pragma once

#include "engine/io/unique_fd.h"

#include <cstdint>
#include <string>

namespace baker {

// Ids that a machine has users of its own for: 0 to this, exclusive.
inline constexpr std::uint32_t kIdsOfAMachine = 65536;

// A user namespace, by a descriptor of it, whose id 0 is `first_id` of the host. Throws Error.
UniqueFd user_namespace(std::uint32_t first_id);

// Has a mount that is attached nowhere show the owners of its files so: what is id 0's on the disk
// is that of id 0 of the namespace. Throws Error where the file system, or the kernel, can't.
void map_ids(int mount, int user_namespace, const std::string& path);

// Whether what lies at `path` can be mounted so. overlayfs and FUSE, for
// instance, can't be. Tries it with a mount that nobody sees.
bool can_map_ids(const std::string& path);

}  // namespace baker
