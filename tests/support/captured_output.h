// Output of a program, kept in memory and not in a pipe: it can write as much as it likes.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace baker::testing {

class CapturedOutput {
 public:
  CapturedOutput() : fd_(memfd_create("output", MFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  }
  ~CapturedOutput() { close(fd_); }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  int fd() const { return fd_; }
  std::string text() const {
    std::string all;
    char part[65536];
    ssize_t got;
    while ((got = pread(fd_, part, sizeof part, static_cast<off_t>(all.size()))) > 0) {
      all.append(part, static_cast<size_t>(got));
    }
    return all;
  }

 private:
  int fd_;
};

}  // namespace baker::testing
