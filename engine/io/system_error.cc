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

}  // namespace baker
