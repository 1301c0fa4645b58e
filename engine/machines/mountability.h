// Whether machines can be mounted on layers of the store, and are better not.
#pragma once

#include "engine/machines/machine_paths.h"

#include <string>

namespace baker {

// Why they can't be; empty: they can. Found by a mount, which takes a few milliseconds.
std::string why_not_mountable(const MachinePlaces& places);

// Why they may be there when the host is started again, and the store not; empty: there is no sign
// of that.
std::string why_they_outlive_the_store(const MachinePlaces& places);

}  // namespace baker
