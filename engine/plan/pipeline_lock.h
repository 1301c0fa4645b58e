// One baker at a time changes what a pipeline has on the host, and writes its state.
#pragma once

#include "engine/io/lock.h"

#include <optional>
#include <string>

namespace baker {

// Held as long as the object lives.
class PipelineLock {
 public:
  // Nothing where another baker holds it. All make the folder where it is absent, and throw Error
  // where they can't.
  static std::optional<PipelineLock> try_take(const std::string& state_folder);
  // Waits for whoever holds it, also where that one takes the folder away. Throws Error
  // (kInterrupted) where `interrupt_fd` becomes readable first; -1: nothing interrupts.
  static PipelineLock take(const std::string& state_folder, int interrupt_fd);

  // Of the state that may be written under the lock.
  const std::string& folder() const { return folder_; }
  // Whether another baker had it: what was read before may be old.
  bool waited() const { return waited_; }

 private:
  PipelineLock(std::string folder, FileLock lock, bool waited)
      : folder_(std::move(folder)), lock_(std::move(lock)), waited_(waited) {}

  std::string folder_;
  FileLock lock_;
  bool waited_;
};

}  // namespace baker
