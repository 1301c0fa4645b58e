// What btrfs does in no time.
#pragma once

#include <string>

namespace baker {

// Whether both folders lie on one btrfs file system.
bool same_btrfs(const std::string& a, const std::string& b);
// Throw Error where btrfs refuses.
void make_subvolume(const std::string& path);
void snapshot_subvolume(const std::string& from, const std::string& to);

}  // namespace baker
