// A lock that several test programs share.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace baker::testing {

// On a file, which is made; held as long as this object lives. Waits for it.
class FileLock {
 public:
  // `how` is LOCK_SH or LOCK_EX.
  FileLock(const std::filesystem::path& file, int how)
      : fd_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0 || flock(fd_, how) != 0)
      throw std::system_error(errno, std::generic_category(), "locking " + file.string());
  }
  ~FileLock() { close(fd_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace baker::testing
