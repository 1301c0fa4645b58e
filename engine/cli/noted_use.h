// Tells the store what a pipeline uses of it.
#pragma once

#include "engine/cli/session.h"

namespace baker {

// `state`: as it was saved last. Durable; does nothing where the store knows it. Throws Error.
void note_use(const Session& session, const PipelineState& state);

}  // namespace baker
