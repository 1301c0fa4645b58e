// The state of a pipeline that was named by its file or, for when the file is gone, by its name.
#pragma once

#include "engine/cli/settings.h"
#include "engine/plan/pipeline_state.h"

#include <string>

namespace baker {

struct NamedState {
  std::string name;
  std::string folder;
  PipelineState state;
};

// Throws Error (kInvalid) where there is neither such a file nor such a name.
NamedState find_state(const Settings& settings);

}  // namespace baker
