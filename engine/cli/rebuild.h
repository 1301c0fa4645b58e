// `baker verify --rebuild`: whether a pipeline gives the same layers twice.
#pragma once

#include "engine/cli/settings.h"

#include <string>
#include <vector>

namespace baker {

// What became of a stage that was baked once more.
struct RebuiltStage {
  std::string name{};
  std::vector<std::string> differences{};  // path by path, in words; empty: it is the same
};

// Bakes the layers of the stages that `settings` names (none: of all) into an empty store, as the
// lock file pins them, in another environment: another umask, language, time zone and folder for
// temporary files, and one stage at a time. All is downloaded again. What that wrote is removed.
// Blocks as long as it bakes. Throws Error, also where there is nothing to compare with.
std::vector<RebuiltStage> rebuild(const Settings& settings);

}  // namespace baker
