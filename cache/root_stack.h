// What has to be known before layers are stacked into a root.
//
// overlayfs lets the upper layer win without a word. Two things need words: layers that know
// nothing of each other and disagree, and directories that a layer made only because a file had to
// lie somewhere (implied directories), which must not win over what a lower layer says about them.
#pragma once

#include "cache/listing.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace baker {

struct StackLayer {
  std::string name;           // of the stage that baked it, for messages
  std::vector<size_t> below;  // indices of the layers in its own root
  const Listing* listing = nullptr;
};

// Bottom first. Throws Error where two layers, neither below the other, hold the same file with
// different content, or a directory in the place of the other's symlink.
void check_stack(const std::vector<StackLayer>& layers);

// What the topmost layer that says more of a directory than that it is implied says, without
// overlayfs's marks; nothing where layers above have taken that directory away.
std::optional<ListingEntry> said_directory(const std::vector<StackLayer>& layers,
                                           const std::string& path);

// Directories, parents first, whose topmost occurrence is only implied, with the attributes that
// the layers below give them.
std::vector<ListingEntry> implied_directories(const std::vector<StackLayer>& layers);

}  // namespace baker
