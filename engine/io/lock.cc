#include "engine/io/lock.h"

#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace baker {
namespace {

int operation(FileLock::Mode mode) {
  return mode == FileLock::Mode::kShared ? LOCK_SH : LOCK_EX;
}

// Who held it may have unlinked it: then the lock is one on a file that nobody else finds.
bool is_still_there(int fd, const std::string& path) {
  struct stat ours, found;
  return fstat(fd, &ours) == 0 && stat(path.c_str(), &found) == 0 && ours.st_dev == found.st_dev &&
         ours.st_ino == found.st_ino;
}

void wait_for(int fd, FileLock::Mode mode, const std::string& path) {
  while (flock(fd, operation(mode)) != 0)
    if (errno != EINTR) throw system_error("cannot lock " + path, path);
}

}  // namespace

std::optional<FileLock> FileLock::try_lock(const std::string& path, Mode mode) {
  for (;;) {
    UniqueFd fd = open_or_throw(path, O_RDWR | O_CREAT, 0644);
    if (flock(fd.get(), operation(mode) | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      throw system_error("cannot lock " + path, path);
    }
    if (is_still_there(fd.get(), path)) return FileLock(std::move(fd));
  }
}

FileLock FileLock::lock(const std::string& path, Mode mode) {
  for (;;) {
    UniqueFd fd = open_or_throw(path, O_RDWR | O_CREAT, 0644);
    wait_for(fd.get(), mode, path);
    if (is_still_there(fd.get(), path)) return FileLock(std::move(fd));
  }
}

FileLock FileLock::lock_folder(const std::string& path) {
  UniqueFd fd = open_or_throw(path, O_RDONLY | O_DIRECTORY);
  wait_for(fd.get(), Mode::kExclusive, path);
  return FileLock(std::move(fd));
}

}  // namespace baker
