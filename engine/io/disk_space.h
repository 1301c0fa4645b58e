// The file system that holds a path, for errors about a full disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace baker {

struct DiskSpace {
  std::string mount_point;
  std::uint64_t free_bytes = 0;  // for whoever asks: reserved blocks do not count for others
  bool out_of_inodes = false;
};

// Of the file system that `path` lies on, or would lie on: its nearest existing parent counts.
// Nothing where the kernel does not say.
std::optional<DiskSpace> disk_space(const std::string& path);

}  // namespace baker
