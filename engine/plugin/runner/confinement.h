// The view of a layer stage while it runs: its root, its pinned content, its declared inputs, a
// scratch folder, and of the host nothing but read-only libraries, bubblewrap and a few devices.
#pragma once

#include "engine/plugin/stage_request.h"

#include <string>

namespace baker {

// Where things lie, for the plugin and for the runner's calls.
struct View {
  std::string root;
  std::string downloads;
  std::string inputs;
  std::string scratch;
  std::string plugin;
  std::string bubblewrap;  // empty: not installed
};

// Of a step that sees the host (resolve, fetch, and all steps of host stages and probes).
View host_view(const StageRequest& request, const std::string& root, const std::string& scratch);

// Moves this process, which has a mount namespace of its own, into a confined view that is built in
// `folder`, an empty tmpfs. There is no way back. Throws Error.
View confine(const StageRequest& request, const std::string& root, const std::string& folder);

}  // namespace baker
