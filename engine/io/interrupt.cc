#include "engine/io/interrupt.h"

#include "engine/base/error.h"
#include "engine/io/system_error.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <csignal>

namespace baker {

void pause_unless_interrupted(int interrupt_fd, std::chrono::milliseconds time) {
  pollfd interrupted{interrupt_fd, POLLIN, 0};
  if (poll(&interrupted, 1, static_cast<int>(time.count())) == 1)
    throw Error(ErrorCode::kInterrupted, "interrupted");
}

UniqueFd interrupt_descriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) throw system_error("cannot watch signals");
  return fd;
}

}  // namespace baker
