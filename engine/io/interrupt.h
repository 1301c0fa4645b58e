// Waiting that the user can end.
#pragma once

#include "engine/io/unique_fd.h"

#include <chrono>

namespace baker {

// Throws Error (kInterrupted) once `interrupt_fd` is readable; -1: nothing interrupts. A signal
// may end the pause early; a negative `time` waits for ever.
void pause_unless_interrupted(int interrupt_fd, std::chrono::milliseconds time);

// Readable once somebody wants this process to end (SIGINT, SIGTERM, SIGHUP), which does not end it
// any more. To be made before any thread is started.
// Throws Error.
UniqueFd interrupt_descriptor();

}  // namespace baker
