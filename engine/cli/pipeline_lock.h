// One baker at a time changes what a pipeline has on the host.
#pragma once

#include "engine/bake/events.h"
#include "engine/plan/pipeline_lock.h"

#include <string>

namespace baker {

// Says so where it has to wait, and throws Error (kInterrupted) where `interrupt_fd` becomes
// readable meanwhile; -1: signals end baker. From then on it does not end baker in the middle of a
// change that nobody reads what it prints.
PipelineLock lock_pipeline(const std::string& state_folder, int interrupt_fd, EventSink& sink);

}  // namespace baker
