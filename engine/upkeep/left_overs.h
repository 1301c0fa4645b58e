// What bakers that were killed left in a store, and locks of keys that are no longer there.
#pragma once

#include "cache/store.h"

#include <string>
#include <vector>

namespace baker {

// Takes nothing that somebody works with. Returns what it can't remove, in words. Throws Error.
std::vector<std::string> remove_left_overs(Store& store);

}  // namespace baker
