// Listings made by hand.
#pragma once

#include "cache/listing.h"
#include "engine/io/root_dir.h"

#include <algorithm>
#include <string>
#include <vector>

namespace baker::testing {

inline ListingEntry file_entry(const std::string& path, const std::string& content) {
  ListingEntry entry;
  entry.mode = 0644;
  entry.size = content.size();
  entry.content = content;
  entry.path = path;
  return entry;
}

inline ListingEntry directory_entry(const std::string& path, unsigned mode = 0755) {
  ListingEntry entry;
  entry.type = 'd';
  entry.mode = mode;
  entry.path = path;
  return entry;
}

inline ListingEntry implied_entry(const std::string& path) {
  ListingEntry entry = directory_entry(path);
  entry.xattrs[kImpliedMark] = "y";
  return entry;
}

inline ListingEntry opaque_entry(const std::string& path) {
  ListingEntry entry = directory_entry(path);
  entry.xattrs["trusted.overlay.opaque"] = "y";
  return entry;
}

inline ListingEntry entry_of_type(char type, const std::string& path,
                                  const std::string& content = "") {
  ListingEntry entry;
  entry.type = type;
  entry.mode = type == 'w' ? 0 : 0644;
  entry.path = path;
  entry.content = content;
  return entry;
}

inline Listing listing_of(std::vector<ListingEntry> entries) {
  std::ranges::sort(entries, {}, &ListingEntry::path);
  return Listing::of(entries);
}

}  // namespace baker::testing
