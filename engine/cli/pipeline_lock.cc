#include "engine/cli/pipeline_lock.h"

#include <csignal>

namespace baker {

PipelineLock lock_pipeline(const std::string& state_folder, int interrupt_fd, EventSink& sink) {
  std::signal(SIGPIPE, SIG_IGN);
  if (std::optional<PipelineLock> lock = PipelineLock::try_take(state_folder))
    return *std::move(lock);
  sink.on(Note{false, "another baker works on this pipeline: waiting for it"});
  return PipelineLock::take(state_folder, interrupt_fd);
}

}  // namespace baker
