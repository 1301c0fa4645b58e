// User namespaces whose files keep their owners on the disk.
#pragma once

#include <string>

namespace baker {

// Whether what lies at `path` can be mounted with its owners mapped into a user namespace: the file
// system and the kernel must both know how (overlayfs does not). Tries it with a mount that nobody
// sees. The first call forks a child and waits for it.
bool can_map_ids(const std::string& path);

}  // namespace baker
