// What files take, and what the file system that holds them has left.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

namespace baker {

struct DiskSpace {
  std::string mount_point;
  std::uint64_t free_bytes = 0;  // for the caller: reserved blocks count only for root
  bool out_of_inodes = false;
};

// Of the file system that the absolute `path` lies on, or would lie on: its nearest existing parent
// counts. Nothing where the kernel does not say.
std::optional<DiskSpace> disk_space(const std::string& path);

// What a file takes of its file system: less than its size where it has holes.
std::uint64_t allocated_bytes(const struct stat& status);

}  // namespace baker
