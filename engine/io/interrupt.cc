#include "engine/io/interrupt.h"

#include "engine/base/error.h"

#include <poll.h>

namespace baker {

void pause_unless_interrupted(int interrupt_fd, std::chrono::milliseconds time) {
  pollfd interrupted{interrupt_fd, POLLIN, 0};
  if (poll(&interrupted, 1, static_cast<int>(time.count())) == 1)
    throw Error(ErrorCode::kInterrupted, "interrupted");
}

}  // namespace baker
