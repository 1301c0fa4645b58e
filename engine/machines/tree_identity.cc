#include "engine/machines/tree_identity.h"

#include "engine/io/btrfs.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <cstddef>
#include <new>
#include <optional>

namespace baker {
namespace {

std::optional<struct statx> status_of(const std::string& path) {
  struct statx status;
  if (statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
            &status) == 0)
    return status;
  if (!says_nothing_to_see(errno)) throw system_error("cannot look at " + path, path);
  return std::nullopt;
}

std::string text_of(const statx_timestamp& time) {
  return fmt::format("{}.{}", time.tv_sec, time.tv_nsec);
}

// What a file system that keeps no time of birth (NFS, old XFS, ext4 with inodes of 128 bytes)
// knows an inode by, its generation included, name_to_handle_at(2). Empty where it has none,
// either.
std::string handle_of(const std::string& path) {
  alignas(file_handle) std::array<std::byte, sizeof(file_handle) + MAX_HANDLE_SZ> space{};
  auto* handle = new (space.data()) file_handle;
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (name_to_handle_at(AT_FDCWD, path.c_str(), handle, &mount, 0) != 0) return "";
  const std::byte* first = space.data() + sizeof(file_handle);
  std::string text;
  for (const std::byte* each = first; each != first + handle->handle_bytes; ++each)
    text += fmt::format("{:02x}", static_cast<unsigned>(*each));
  return text;
}

std::string birth_of(const std::string& path, const struct statx& status) {
  return (status.stx_mask & STATX_BTIME) != 0 ? text_of(status.stx_btime) : handle_of(path);
}

}  // namespace

std::string tree_identity(const std::string& path) {
  const std::optional<struct statx> status = status_of(path);
  if (!status) return "";
  const std::string subvolume = subvolume_id(path);
  return fmt::format("{}:{}", subvolume.empty() ? std::to_string(status->stx_ino) : subvolume,
                     birth_of(path, *status));
}

std::string file_signature(const std::string& path) {
  const std::optional<struct statx> status = status_of(path);
  if (!status) return "";
  return fmt::format("{}:{}:{}:{}", status->stx_ino, status->stx_size, text_of(status->stx_mtime),
                     text_of(status->stx_ctime));
}

}  // namespace baker
