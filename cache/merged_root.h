// A stack of layers as one tree: what overlayfs would show, worked out from the listings, and put
// on a file system as plain files.
#pragma once

#include "cache/listing.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace baker {

struct SourceLayer {
  std::string tree;  // folder that holds the layer's files
  const Listing* listing = nullptr;
};

struct MergedEntry {
  size_t layer = 0;  // whose file it is
  const ListingEntry* entry = nullptr;
};

// Bottom first in, sorted by path out. Whiteouts and opaque marks are carried out, and implied
// directories have the attributes that lower layers give them.
std::vector<MergedEntry> merge_layers(const std::vector<SourceLayer>& layers);

enum class CopyMethod { kReflink, kCopy };

// Fills `folder`, an empty directory. Files are cloned where the file system can, copied otherwise,
// two at a time. Throws Error; nothing is synced.
CopyMethod write_tree(const std::vector<SourceLayer>& layers,
                      const std::vector<MergedEntry>& entries, const std::string& folder);

// Lays one more layer over `folder`, which holds the tree of the layers below it.
void lay_over(const SourceLayer& layer, const std::string& folder);

// Of a root that is kept merged for all machines that share it: these layers, by digest, bottom
// first.
std::string merged_root_name(const std::vector<std::string>& layers);

std::uint64_t content_bytes(const std::vector<MergedEntry>& entries);

}  // namespace baker
