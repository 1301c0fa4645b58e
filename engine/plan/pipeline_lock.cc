#include "engine/plan/pipeline_lock.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/lock_waiter.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace baker {
namespace {

std::string lock_file(const std::string& folder) {
  return folder + "/lock";
}

bool is_at(const UniqueFd& folder, const std::string& path) {
  struct stat held, found;
  return folder.valid() && fstat(folder.get(), &held) == 0 && stat(path.c_str(), &found) == 0 &&
         held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

}  // namespace

std::optional<PipelineLock> PipelineLock::try_take(const std::string& folder) {
  make_directories(folder);
  std::optional<FileLock> lock = FileLock::try_lock(lock_file(folder), FileLock::Mode::kExclusive);
  if (!lock) return std::nullopt;
  return PipelineLock(folder, *std::move(lock), false);
}

// A `destroy` removes the folder while others wait for the lock in it.
PipelineLock PipelineLock::take(const std::string& folder, int interrupt_fd) {
  for (;;) {
    make_directories(folder);
    const UniqueFd held(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    try {
      return {folder, lock_unless_interrupted(lock_file(folder), interrupt_fd), true};
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted || is_at(held, folder)) throw;
    }
  }
}

}  // namespace baker
