// A layer as a tar that other programs read as a layer of an OCI image: sorted by path, numeric
// owners, `.wh.NAME` for what is deleted below, no folders that are only implied. The same layer
// always makes the same tar. What a tar can't say stands in its *marks*: the lines of the listing
// for the layer's own folder, for deletions, and for entries with attributes of the kinds trusted.*
// (folders that are implied, or hide what lies below, among them) and system.* (ACLs).
#pragma once

#include "cache/listing.h"
#include "engine/base/digest.h"

#include <cstdint>
#include <string>

namespace baker {

struct LayerTar {
  Digest blob;
  std::uint64_t size = 0;  // bytes of the blob
  Digest tar;              // before it was compressed
};

std::string marks_of(const Listing& listing);

// `file` is made anew, in zstd. Two threads compress. Throws
// Error, also for a layer whose names a tar of this kind gives another meaning (`.wh.…`).
LayerTar write_layer_tar(const std::string& tree, const Listing& listing, const std::string& file);

// The opposite: makes `folder`, with tree and listing, from the blob in `file`. Throws Error where
// the result is not the layer that `layer` is the digest of. Syncs nothing.
void unpack_layer_tar(const std::string& file, const std::string& marks, const Digest& layer,
                      const std::string& folder);

}  // namespace baker
