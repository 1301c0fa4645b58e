#include "engine/io/system_error.h"

#include "engine/base/text.h"
#include "engine/io/disk_space.h"

#include <cerrno>
#include <cstring>

namespace baker {
namespace {

std::string where_space_is_missing(const std::string& path) {
  const auto space = disk_space(path);
  if (!space) return "";
  return ": the file system at \"" + space->mount_point + "\" has " +
         (space->out_of_inodes ? "no inode" : human_bytes(space->free_bytes)) + " left";
}

}  // namespace

Error system_error(const std::string& cannot_what, const std::string& path) {
  const int number = errno;
  std::string message = cannot_what + ": " + ::strerror(number);
  if (number == ENOSPC || number == EDQUOT) message += where_space_is_missing(path);
  return Error(std::move(message));
}

Error write_error(const std::string& cannot_what, const std::string& path,
                  std::uint64_t unwritten) {
  const bool full = errno == ENOSPC;
  Error error = system_error(cannot_what, path);
  const auto space = full ? disk_space(path) : std::nullopt;
  if (!space || space->out_of_inodes) return error;
  const std::uint64_t missing =
      unwritten > space->free_bytes ? unwritten - space->free_bytes : unwritten;
  return Error(error.describe() + ", and at least " + human_bytes(missing) + " more are needed");
}

}  // namespace baker
