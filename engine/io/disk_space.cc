#include "engine/io/disk_space.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

namespace baker {
namespace {

// A device number would not do: btrfs subvolumes have numbers of their own, bind mounts have not.
bool is_mount_point(const std::filesystem::path& path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_TYPE, &status) != 0) return false;
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace

std::uint64_t allocated_bytes(const struct stat& status) {
  constexpr std::uint64_t kUnit = 512;  // of st_blocks, on Linux whatever the file system's are
  return static_cast<std::uint64_t>(status.st_blocks) * kUnit;
}

std::optional<DiskSpace> disk_space(const std::string& path) {
  std::error_code ignored;
  std::filesystem::path place = std::filesystem::weakly_canonical(path, ignored);
  if (place.empty() || !place.is_absolute()) return std::nullopt;
  while (place.has_relative_path() && ::access(place.c_str(), F_OK) != 0)
    place = place.parent_path();

  struct statvfs usage {};
  if (::statvfs(place.c_str(), &usage) != 0) return std::nullopt;
  while (place.has_relative_path() && !is_mount_point(place)) place = place.parent_path();

  const bool counts_inodes = usage.f_files != 0;  // btrfs does not
  const auto free_blocks = ::geteuid() == 0 ? usage.f_bfree : usage.f_bavail;
  return DiskSpace{.mount_point = place.string(),
                   .free_bytes = std::uint64_t{free_blocks} * usage.f_frsize,
                   .out_of_inodes = counts_inodes && usage.f_ffree == 0};
}

}  // namespace baker
