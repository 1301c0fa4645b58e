// What `run` and `up` have in common: everything baked, every machine placed or waiting.
#pragma once

#include "engine/cli/bake.h"

namespace baker {

// What pins in use tell the user, each with the name of its stage before it.
std::vector<std::string> notes_of(const Pipeline& pipeline,
                                  const std::vector<PlannedStage>& planned);

// Throws Error; the summary goes to no one yet.
RunFinished bake_all(Bake& bake, const Settings& settings, EventSink& sink);

// What the pipeline no longer describes is reported, and removed where the user says so. Returns
// how many machines went. Throws Error where one of them runs.
size_t prune(Session& session, const Settings& settings, EventSink& sink);

}  // namespace baker
