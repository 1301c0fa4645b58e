// Stacks of random layers on a disk, for properties that hold for each: files with holes, links,
// hard links, devices, whiteouts, opaque and implied folders, modes, owners and xattrs, in few
// names, so that layers meet in every way.
#pragma once

#include "cache/stack.h"

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace baker::testing {

class RandomStack {
 public:
  // Makes the layers in `folder`. Equal seeds give equal stacks.
  RandomStack(std::uint64_t seed, std::filesystem::path folder);

  Stack stack() const { return Stack(layers_); }
  Stack lower() const { return Stack({layers_.begin(), layers_.end() - 1}); }
  const StackLayer& topmost() const { return layers_.back(); }
  const std::vector<StackLayer>& layers() const { return layers_; }

 private:
  void make_layer();
  // Whether a stage could have made the layer here: only what is there can be whited out.
  bool can_come_again(const StackLayer& layer) const;
  // `anything_below`: whether what layers below have in the folder shows through.
  void make_entries(const std::filesystem::path& folder, int depth, bool anything_below);
  void make_entry(const std::filesystem::path& path, int depth, bool anything_below);
  void make_file(const std::filesystem::path& path);
  void make_folder(const std::filesystem::path& path, int depth, bool anything_below);
  void give_attributes(const std::filesystem::path& path);
  bool one_in(int times) { return below(times) == 0; }
  int below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(random_); }

  std::mt19937_64 random_;
  std::filesystem::path folder_;
  std::filesystem::path tree_;                // of the layer that is being made
  std::vector<std::filesystem::path> files_;  // in it
  std::vector<StackLayer> layers_;
};

// What a tree amounts to, in lines; marks of layers are left out. `first_id`: of its owners, as
// they are seen here.
std::string tree_text(const std::string& tree, std::uint32_t first_id = 0);

// The same of what a stage sees of the stack. It is mounted in `folder`, which is empty, and
// unmounted again.
std::string mounted_text(const Stack& stack, const std::filesystem::path& folder);

// An empty folder; what was in it is gone.
std::filesystem::path fresh_folder(const std::filesystem::path& path);

}  // namespace baker::testing
