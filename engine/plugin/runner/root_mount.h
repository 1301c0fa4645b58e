// Mounts the root of a stage: its layers, stacked by overlayfs.
#pragma once

#include "engine/plugin/stage_request.h"

#include <string>
#include <vector>

namespace baker {

struct RootPlaces {
  std::string mount_point;   // made by the caller
  std::string upper;         // takes the changes; made by the caller, on the store's file system
  std::string overlay_work;  // empty folder beside `upper`
  // Small extra layers lie there. Beside `upper`, too: overlayfs gives a folder one inode number
  // for good only where all layers lie on one file system.
  std::string scratch;
};

// Checks that the layers agree (root_stack.h) and mounts them. Without layers there is nothing to
// stack: the upper folder itself becomes the root. Throws Error.
void mount_root(const std::vector<RequestLayer>& layers, const RootPlaces& places);

}  // namespace baker
