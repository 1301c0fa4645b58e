// The deletions in an OCI layer. They are about what lay there before the layer, never about what
// the layer itself brings, in whatever order its entries come.
#pragma once

#include "engine/io/parent_cache.h"
#include "engine/io/root_dir.h"

#include <string>
#include <string_view>
#include <unordered_set>

namespace baker {

class Whiteouts {
 public:
  explicit Whiteouts(RootDir& root) : root_(root) {}

  static bool is_whiteout(std::string_view name) { return name.starts_with(".wh."); }

  // `path` is the whiteout's own, in the root. Throws Error.
  void apply(const std::string& path);
  // The layer has made `name` in this directory.
  void keep(const ParentDirectory& parent, std::string_view name);

 private:
  bool is_kept(int directory, std::string_view name) const;
  void remove_older(int directory, const std::string& name);
  void remove_older_below(int directory);

  RootDir& root_;
  std::unordered_set<std::string> kept_;  // directory's device and inode, and the name
};

}  // namespace baker
