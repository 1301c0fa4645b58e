// Mounts the root of a stage: its layers, stacked by overlayfs.
#pragma once

#include "engine/plugin/stage_request.h"

#include <string>
#include <vector>

namespace baker {

// What the stage does with its root.
enum class RootUse {
  kBake,       // changes become a layer: `upper` is the layer's tree
  kThrowAway,  // changes are discarded
  kRead,       // none
};

struct RootPlaces {
  std::string mount_point;  // made by the caller
  std::string upper;  // for kBake and kThrowAway; made by the caller, on the store's file system
  std::string overlay_work;  // empty folder beside `upper`
  std::string scratch;       // a tmpfs of the runner: small extra layers lie there
};

// Checks that the layers agree (root_stack.h) and mounts them. Without layers there is nothing to
// stack: the upper folder itself becomes the root. Throws Error.
void mount_root(const std::vector<RequestLayer>& layers, RootUse use, const RootPlaces& places);

}  // namespace baker
