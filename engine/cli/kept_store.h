// The store, for commands that are about it and not about a pipeline.
#pragma once

#include "cache/store.h"

#include <string_view>

namespace baker {

// Throws Error unless this user gets at its layers, and it is there. `command`: the one to try
// again.
void check_kept_store(const Store& store, std::string_view command);

}  // namespace baker
