// Waits for the lock of a key that another baker holds, without holding up anything else. A process
// (flock(1)) does the waiting, so that it can be given up at any time.
#pragma once

#include "cache/store.h"
#include "engine/io/process.h"

#include <optional>
#include <string>

namespace baker {

class KeyWaiter {
 public:
  KeyWaiter(Store& store, std::string key);
  int fd() const { return process_.pidfd(); }  // readable once the lock was free
  // The lock, once it was free and nobody else was faster.
  std::optional<FileLock> try_take();

 private:
  Store& store_;
  std::string key_;
  Process process_;
};

}  // namespace baker
