// Garbage collection after a run, where the host's settings limit the size of the cache.
#pragma once

#include "engine/cli/settings.h"

namespace baker {

// Starts `baker gc` as a process that goes on after this one, at the lowest priority; what it says
// is lost. Does nothing where no limit is set. Throws Error where the host's settings can't be
// read.
void collect_in_background(const Settings& settings);

}  // namespace baker
