#include "engine/machines/tree_identity.h"

#include "engine/io/btrfs.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

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

}  // namespace

std::string tree_identity(const std::string& path) {
  const std::optional<struct statx> status = status_of(path);
  if (!status) return "";
  const std::string subvolume = subvolume_id(path);
  return fmt::format("{}:{}", subvolume.empty() ? std::to_string(status->stx_ino) : subvolume,
                     text_of(status->stx_btime));
}

std::string file_signature(const std::string& path) {
  const std::optional<struct statx> status = status_of(path);
  if (!status) return "";
  return fmt::format("{}:{}:{}:{}", status->stx_ino, status->stx_size, text_of(status->stx_mtime),
                     text_of(status->stx_ctime));
}

}  // namespace baker
