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
  // Throws Error where flock(1) can't be started. The destructor ends it.
  explicit LockWaiter(std::string path);
  // Readable once the lock was free. Another descriptor after each try_take() without success.
  int fd() const { return process_.pidfd(); }
  // The lock, once it was free and nobody else was faster. Never waits for it.
  std::optional<FileLock> try_take();

 private:
  std::string path_;
  Process process_;
};

// Waits for the lock. Throws Error (kInterrupted) where `interrupt_fd` becomes readable first; -1:
// nothing interrupts.
FileLock lock_unless_interrupted(const std::string& path, int interrupt_fd);

}  // namespace baker
