// A network in which nothing is but what the test brings: no interface of the host can be touched.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tests/support/host_program.h"

namespace baker::testing {

// For this thread, and the threads and programs that it starts from now on.
class PrivateNetwork {
 public:
  PrivateNetwork() : before_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    if (before_ < 0 || unshare(CLONE_NEWNET) != 0)
      throw std::system_error(errno, std::generic_category(), "making a network");
    run_program({"ip", "link", "set", "lo", "up"});
  }
  ~PrivateNetwork() {
    setns(before_, CLONE_NEWNET);
    close(before_);
  }
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;

 private:
  int before_;
};

}  // namespace baker::testing
