// What mmdebstrap and the apt that it runs say of a failure.
#pragma once

#include <string>

namespace baker::rootfs {

struct AskedSuite {
  std::string name;
  bool known = true;  // as a release of a distribution
};

// Throws what a failure means. Unreachable, so that the next source is tried, only where the
// archive did not answer or has no such suite; all that could be somebody's doing (a signature by
// another key, none at all, other bytes than were signed) is a StageError. `output` is all it has
// printed.
[[noreturn]] void throw_mmdebstrap_failure(const AskedSuite& asked, int exit_status,
                                           const std::string& output);

}  // namespace baker::rootfs
