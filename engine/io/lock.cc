#include "engine/io/lock.h"

#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace baker {
namespace {

int operation(FileLock::Mode mode) {
  return mode == FileLock::Mode::kShared ? LOCK_SH : LOCK_EX;
}

}  // namespace

std::optional<FileLock> FileLock::try_lock(const std::string& path, Mode mode) {
  UniqueFd fd = open_or_throw(path, O_RDWR | O_CREAT, 0644);
  if (flock(fd.get(), operation(mode) | LOCK_NB) == 0) return FileLock(std::move(fd));
  if (errno == EWOULDBLOCK) return std::nullopt;
  throw system_error("cannot lock " + path, path);
}

FileLock FileLock::lock(const std::string& path, Mode mode) {
  UniqueFd fd = open_or_throw(path, O_RDWR | O_CREAT, 0644);
  while (flock(fd.get(), operation(mode)) != 0) {
    if (errno != EINTR) throw system_error("cannot lock " + path, path);
  }
  return FileLock(std::move(fd));
}

}  // namespace baker
