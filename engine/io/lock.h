// File locks that die with their owner (flock on an open file description).
#pragma once

#include "engine/io/unique_fd.h"

#include <optional>
#include <string>

namespace baker {

// Held as long as the object lives. Its holder may unlink the file.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  // Nothing where somebody holds it, this process included. The file is made where it is absent,
  // but not its folder. Throws Error where it can't be opened.
  static std::optional<FileLock> try_lock(const std::string& path, Mode mode);
  // The same, but waits. Signals do not end the wait.
  static FileLock lock(const std::string& path, Mode mode);
  // Of a folder itself, exclusively: for a file in it that comes and goes. Waits.
  static FileLock lock_folder(const std::string& path);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace baker
