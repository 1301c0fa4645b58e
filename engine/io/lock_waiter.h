// Waits for a lock that somebody else holds, without holding up anything else. A process (flock(1))
// does the waiting, so that it can be given up at any time.
#pragma once

#include "engine/io/lock.h"
#include "engine/io/process.h"

#include <optional>
#include <string>

namespace baker {

// For an exclusive lock.
class LockWaiter {
 public:
  explicit LockWaiter(std::string path);
  int fd() const { return process_.pidfd(); }  // readable once the lock was free
  // The lock, once it was free and nobody else was faster.
  std::optional<FileLock> try_take();

 private:
  std::string path_;
  Process process_;
};

// Throws Error (kInterrupted) where `interrupt_fd` becomes readable first; -1: nothing interrupts.
FileLock lock_unless_interrupted(const std::string& path, int interrupt_fd);

}  // namespace baker
