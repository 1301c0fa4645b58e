// Turns a finished tree into the form in which it enters the store.
#pragma once

#include "cache/layer_check.h"
#include "cache/listing.h"
#include "cache/stack.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace baker {

struct SealSettings {
  std::int64_t epoch = 0;       // seconds since 1970: the latest time that the layer can have
  std::int64_t started = 0;     // seconds: when the stage began to write, by this host's clock
  const Stack* root = nullptr;  // that `tree` was mounted over; none: it stands on nothing
};

// Takes the lines of a listing, in their order.
using LineSink = std::function<void(std::string_view)>;

// Walks `tree` and lists it, with everything hashed; what is in memory does not grow with the tree.
// On the way
//   - what was written since `started`, and whatever is later than `epoch`, gets the time `epoch`,
//     and fractions of a second go;
//   - directories that are as the root has them are marked as implied; new ones keep the mark where
//     they are plain (0755, root, no attributes), and all others lose it;
//   - overlayfs's location marks (trusted.overlay.origin, .impure, …) are taken off;
//   - sockets are removed: they mean nothing outside a running system.
// Throws Error, also on a file that a layer can't hold (overlayfs redirects, metacopy). Syncs
// nothing. Nobody else may write to `tree` meanwhile.
void seal_tree(const std::string& tree, const SealSettings& settings, const LineSink& sink);

// The listing of a tree as it is; nothing is changed. For verification. Without their content being
// read, files have none in it.
Listing list_tree(const std::string& tree, CheckDepth depth = CheckDepth::kContent);

}  // namespace baker
