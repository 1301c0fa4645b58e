// A stack mounted by overlayfs, as stages see it.
#pragma once

#include "cache/stack.h"

#include <string>

namespace baker {

struct StackPlaces {
  std::string mount_point;   // made by the caller
  std::string upper;         // takes the changes; made by the caller. Gets the root's attributes
  std::string overlay_work;  // empty folder beside `upper`
  // An empty folder for small extra layers. On the file system of the layers: overlayfs gives a
  // folder one inode number for good only where all layers lie on one.
  std::string scratch;
  std::string lowest;  // a tree below all layers, which is no part of the stack; empty: none
};

// In the mount namespace of the caller; changes the working directory of the process meanwhile.
// `upper` is empty, or has what was written to an earlier mount with it. Throws Error.
void mount_stack(const Stack& stack, const StackPlaces& places);

}  // namespace baker
