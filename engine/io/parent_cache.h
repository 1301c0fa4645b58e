// The directory that the last path led to: entries of one directory mostly follow each other, and
// then cost no resolving. Whoever removes or replaces a name calls forget(), because any path may
// lead elsewhere afterwards.
#pragma once

#include "engine/io/root_dir.h"

#include <string>

namespace baker {

struct ParentDirectory {
  std::string path;
  UniqueFd fd;
  dev_t device = 0;
  ino_t inode = 0;
  bool has_default_acl = false;  // which new files inherit
};

class ParentCache {
 public:
  explicit ParentCache(RootDir& root) : root_(root) {}

  // Where the name in `path` belongs, made (implied) where absent. Good until the next call of of()
  // or forget(). Throws Error.
  const ParentDirectory& of(const std::string& path);
  void forget() { current_.fd.reset(); }

  // Points into `path`.
  static const char* name_in(const std::string& path);

 private:
  RootDir& root_;
  ParentDirectory current_;
};

}  // namespace baker
