// The root of a stage: its layers as a stack, mounted.
#pragma once

#include "cache/stack_mount.h"
#include "engine/plugin/stage_request.h"

#include <optional>
#include <string>
#include <vector>

namespace baker {

// With its tree and listing, by paths in /proc/self/fd that are good while `layer.fd` is open.
// Throws Error, with the stage whose layer can't be read.
StackLayer read_layer(const RequestLayer& layer);
// What the request's layers list. Throws Error, with the stage whose layer can't be read.
Stack read_stack(const std::vector<RequestLayer>& layers);

// Checks that the layers agree and mounts them; `places.lowest` is this function's own. Without
// layers there is nothing to stack: the upper folder itself becomes the root, and nothing is
// returned. Throws Error.
std::optional<Stack> mount_root(const std::vector<RequestLayer>& layers, StackPlaces places);

}  // namespace baker
