// Copies single files out of a layer, with everything that its listing says of them.
#pragma once

#include "cache/listing.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace baker {

// The modification time, in whole seconds. A symlink is not followed. Throws Error.
void set_time(const std::string& path, std::int64_t seconds);

// May be used by several threads at once. Its functions throw Error, which may leave `to` half
// made, and sync nothing.
class FileCopier {
 public:
  // `clones`: whether it tries to share blocks.
  explicit FileCopier(bool clones = true) : clones_(clones) {}
  // `to` must not exist. Holes stay holes. Content that is copied, and not shared, has to be what
  // the entry says.
  void copy(const std::string& from, const ListingEntry& entry, const std::string& to);
  // A symlink, device or fifo.
  void make_special(const ListingEntry& entry, const std::string& to);
  // Owner, mode, xattrs and time; overlayfs's and baker's own marks are left out.
  void give_attributes(const ListingEntry& entry, const std::string& path);

  // Whether the file system shares the blocks of what was copied.
  bool clones() const { return clones_ && cloned_; }

 private:
  std::atomic<bool> clones_;  // until the first clone fails
  std::atomic<bool> cloned_ = false;
};

}  // namespace baker
