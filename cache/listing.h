// The listing of a layer: one line per entry, sorted by path, from which the layer's digest is made
// (SHA-256 of the listing's bytes). docs/store-format.md describes the lines.
#pragma once

#include "engine/base/digest.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

struct ListingEntry {
  char type = 'f';  // f file, d directory, l symlink, h hard link, c b devices, p fifo, w whiteout
  unsigned mode = 0;
  unsigned uid = 0;
  unsigned gid = 0;
  std::uint64_t size = 0;  // of a file
  std::int64_t mtime = 0;  // seconds
  std::string device;      // "major:minor" of a device
  std::map<std::string, std::string> xattrs;
  std::string content;  // SHA-256 of a file, target of a symlink, first path of a hard link
  std::string path;     // relative to the tree, "." for the tree itself

  bool implied() const;
  bool opaque() const;
  // The same thing in the place of another layer's entry, except for times and hard links' paths.
  bool same_content(const ListingEntry& other) const;
};

class Listing {
 public:
  Listing() = default;
  // Throws Error for text that is not a listing.
  static Listing parse(std::string_view text);

  void add(ListingEntry entry) { entries_.push_back(std::move(entry)); }
  std::string text() const;
  const std::vector<ListingEntry>& entries() const { return entries_; }
  const ListingEntry* find(std::string_view path) const;
  // Everything in the directory `path` and in those in it.
  std::span<const ListingEntry> entries_below(const std::string& path) const;
  std::uint64_t content_bytes() const;

 private:
  std::vector<ListingEntry> entries_;  // sorted by path
};

}  // namespace baker
