// Equal files of several layers, which lie on the disk once where its file system has reflinks.
#pragma once

#include "cache/store.h"

#include <cstddef>
#include <cstdint>

namespace baker {

struct SharedBytes {
  std::size_t files = 0;    // that share theirs with another one from now on
  std::uint64_t bytes = 0;  // that this frees, more or less: some may have been shared before
};

// Looks at layers that it has not seen before, by their listings, and lets the kernel compare and
// share; ioctl_fideduperange(2). Nothing is shared where the file system can't do that. What is
// gone meanwhile is passed over. Interrupted, it goes on the next
// time. Throws Error.
SharedBytes share_bytes(const Store& store);

}  // namespace baker
