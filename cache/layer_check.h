// Whether a layer in the store still is what was baked.
#pragma once

#include "cache/stack.h"
#include "engine/base/digest.h"

#include <string>
#include <vector>

namespace baker {

// What the listing of a layer is called that was found to be damaged.
inline constexpr const char* kDamagedListing = "listing.damaged";

enum class CheckDepth {
  kAttributes,  // names, types, sizes, owners, modes, times, xattrs, where links lead
  kContent,     // and every byte, which is read
};

// What is not as the layer's digest and its listing say, in words, the first of it: "usr/bin/x:
// other content". None: the layer is whole. `folder` is the layer's. Throws Error where it can't be
// looked at.
std::vector<std::string> damage_of_layer(const std::string& folder, const Digest& digest,
                                         CheckDepth depth);

// The same of layers that were merged for machines, which lie in `folder` (docs/store-format.md,
// roots/).
std::vector<std::string> damage_of_merged_root(const std::string& folder, const Stack& stack,
                                               CheckDepth depth);

// How two layers differ, path by path, in words: "etc/motd: mode 600, not 644", "bin/x: other
// content from byte 17 on". Both folders hold a tree and its listing. Throws Error.
std::vector<std::string> differences_of_layers(const std::string& folder, const std::string& other);

}  // namespace baker
