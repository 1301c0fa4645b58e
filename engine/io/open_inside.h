// openat2, which glibc does not wrap yet.
#pragma once

#include "engine/io/unique_fd.h"

#include <linux/openat2.h>

#include <cstdint>

namespace baker {

// Opens an existing `path` from the directory `at` under the RESOLVE_ flags of openat2. Close on
// exec is always set. An fd that is not valid means that errno says why.
UniqueFd open_inside(int at, const char* path, int flags, std::uint64_t resolve);

}  // namespace baker
