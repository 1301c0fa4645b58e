// What can be known before the work starts.
#pragma once

#include "engine/bake/events.h"
#include "engine/cli/session.h"
#include "engine/plan/planner.h"

#include <string>
#include <vector>

namespace baker {

// Why root can't rely on what lies in the folder that this option names, and what to do: others may
// write there. Empty: it can. Throws Error.
std::string exposed(const std::string& folder, const std::string& option);

// Throws Error where others may write the cache or the state folder. To be asked before anything is
// written there; whoever is not root writes nothing.
void check_own_folders(const Settings& settings);

// Throws Error with everything that stands in the way: not root, programs that are missing, folders
// that can't be written or that others may write, a cache that overlayfs can't use, machines that
// are not ours. Warns of folders that another user owns.
void check_host(Session& session, const Settings& settings,
                const std::vector<PlannedStage>& planned, EventSink& sink);

}  // namespace baker
