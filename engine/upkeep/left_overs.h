// What bakers that were killed left in a store, and locks of keys that are no longer there.
#pragma once

#include "cache/store.h"

namespace baker {

// Takes nothing that somebody works with. Throws Error.
void remove_left_overs(Store& store);

}  // namespace baker
