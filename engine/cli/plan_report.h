// What a run would do with each stage, printed.
#pragma once

#include "engine/cli/remote_plan.h"

#include <vector>

namespace baker {

// A line for each stage, or a JSON event; then how many have something to do.
void print_plan(Session& session, const RemotePlan& plan, const Settings& settings);

}  // namespace baker
