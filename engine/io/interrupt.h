// Waiting that the user can end.
#pragma once

#include <chrono>

namespace baker {

// Throws Error (kInterrupted) once `interrupt_fd` is readable; -1: nothing interrupts. A signal
// may end the pause early; a negative `time` waits for ever.
void pause_unless_interrupted(int interrupt_fd, std::chrono::milliseconds time);

}  // namespace baker
