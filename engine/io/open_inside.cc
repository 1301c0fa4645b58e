#include "engine/io/open_inside.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>

namespace baker {

UniqueFd open_inside(int at, const char* path, int flags, std::uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
  how.resolve = resolve;
  for (;;) {
    long fd = ::syscall(SYS_openat2, at, path, &how, sizeof how);
    // EAGAIN: something was renamed anywhere on the machine while `..` was being resolved, so that
    // the kernel could not vouch for the result.
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return UniqueFd(static_cast<int>(fd));
  }
}

}  // namespace baker
