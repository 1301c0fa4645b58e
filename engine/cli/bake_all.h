// What `run` and `up` have in common: everything baked, every machine placed or waiting.
#pragma once

#include "engine/cli/bake.h"

namespace baker {

// Throws Error; the summary goes to no one yet.
RunFinished bake_all(Bake& bake, const Settings& settings, EventSink& sink);

}  // namespace baker
