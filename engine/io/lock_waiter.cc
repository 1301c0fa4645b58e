#include "engine/io/lock_waiter.h"

#include "engine/base/error.h"

#include <poll.h>

namespace baker {
namespace {

Process wait_for_lock(const std::string& file) {
  return Process({.argv = {"flock", file, "true"},
                  .environment = std::nullopt,
                  .directory = "",
                  .descriptors = {}});
}

}  // namespace

LockWaiter::LockWaiter(std::string path) : path_(std::move(path)), process_(wait_for_lock(path_)) {}

std::optional<FileLock> LockWaiter::try_take() {
  pollfd ended{process_.pidfd(), POLLIN, 0};
  if (poll(&ended, 1, 0) != 1) return std::nullopt;
  std::optional<FileLock> lock = FileLock::try_lock(path_, FileLock::Mode::kExclusive);
  if (!lock) process_ = wait_for_lock(path_);
  return lock;
}

FileLock lock_unless_interrupted(const std::string& path, int interrupt_fd) {
  std::optional<FileLock> lock = FileLock::try_lock(path, FileLock::Mode::kExclusive);
  if (lock) return *std::move(lock);
  LockWaiter waiter(path);
  for (;;) {
    pollfd fds[] = {{interrupt_fd, POLLIN, 0}, {waiter.fd(), POLLIN, 0}};
    poll(fds, 2, -1);
    if (fds[0].revents != 0) throw Error(ErrorCode::kInterrupted, "interrupted");
    lock = waiter.try_take();
    if (lock) return *std::move(lock);
  }
}

}  // namespace baker
