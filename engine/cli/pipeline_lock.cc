#include "engine/cli/pipeline_lock.h"

#include "engine/io/lock_waiter.h"

#include <csignal>

namespace baker {

FileLock lock_pipeline(const std::string& state_folder, int interrupt_fd, EventSink& sink) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string path = state_folder + "/lock";
  if (std::optional<FileLock> lock = FileLock::try_lock(path, FileLock::Mode::kExclusive))
    return *std::move(lock);
  sink.on(Note{false, "another baker works on this pipeline: waiting for it"});
  return lock_unless_interrupted(path, interrupt_fd);
}

}  // namespace baker
