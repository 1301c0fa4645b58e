// The state of a pipeline that was named by its file or, for when the file is gone, by its name.
#pragma once

#include "engine/cli/settings.h"
#include "engine/plan/pipeline_state.h"

#include <string>

namespace baker {

// The file of the pipeline that was named by it, by the folder that it lies in, or by the name of
// one that was run here. Where no file is needed, a name that has state stays a name. Throws Error
// (kInvalid) where there is none, or more than one.
std::string pipeline_file(const Settings& settings, bool needs_file);

struct NamedState {
  std::string name;
  std::string folder;
  PipelineState state;
};

// Throws Error (kInvalid) where there is neither such a file nor such a name.
NamedState find_state(const Settings& settings);

}  // namespace baker
