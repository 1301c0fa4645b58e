// A root as a stack of layers: the one place that knows what the layers amount to.
//
// What it says of a path is what overlayfs shows of the same layers, but for directories that a
// layer only passes through (implied ones): overlayfs would show them as that layer happens to have
// them, and here they are as in the topmost layer that says something about them. mount_stack
// corrects overlayfs, so that stages see what machines get.
#pragma once

#include "cache/listing.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// Of equal layers only the topmost counts: what it has lies over all that the lower ones have. The
// indices of those that count, in order. `names` are what layers are known by, such as digests.
std::vector<size_t> topmost_of_equals(const std::vector<std::string>& names);

struct StackLayer {
  std::string stage;          // that baked it, for messages
  std::vector<size_t> below;  // indices of the layers in its own root
  std::string digest;         // of its listing, hex
  std::string tree;           // the folder with its files
  Listing listing;
};

// One path of a root.
struct StackEntry {
  size_t layer = 0;    // whose file it is
  ListingEntry entry;  // without marks
};

class Stack {
 public:
  // Bottom first. Equal layers may be there more than once.
  explicit Stack(std::vector<StackLayer> layers);

  // Throws Error where two layers, neither below the other, bring the same path with different
  // content, a directory in the place of the other's symlink, or hide what the other brings.
  void check() const;

  const StackLayer& layer(size_t index) const { return layers_[index]; }
  // Those that count, bottom first, by index.
  const std::vector<size_t>& counting() const { return counting_; }

  // What is at a path, if its folder is one of the root's and hides all layers below `floor`.
  // `floor` is the same for what lies in the path.
  struct Look {
    std::optional<StackEntry> entry;
    size_t floor = 0;
    bool corrected = false;  // a directory that overlayfs alone would show otherwise
  };
  Look look(const std::string& path, size_t floor) const;
  Look find(const std::string& path) const;

  // Calls `visit` for everything in the root, sorted by path, parents before what is in them.
  void walk(const std::function<void(const StackEntry&)>& visit) const;

  // Directories below the root that overlayfs alone would show otherwise, sorted by path.
  std::vector<ListingEntry> corrections() const;

 private:
  std::vector<StackLayer> layers_;
  std::vector<size_t> counting_;
};

}  // namespace baker
