// Layers that know nothing of each other must not disagree: overlayfs would let the upper one win
// without a word.
#include "cache/stack.h"
#include "engine/base/error.h"

#include <algorithm>

namespace baker {
namespace {

constexpr const char* kAdvice =
    "; neither stands on the other: say which comes later by naming one in the `from` of the other";

bool stands_on(const StackLayer& upper, size_t lower) {
  return std::ranges::find(upper.below, lower) != upper.below.end();
}

// What a path is, for the question whether two layers agree: a hard link is the file it names.
ListingEntry resolved(const Listing& listing, ListingEntry entry) {
  if (entry.type != 'h') return entry;
  return listing.find(entry.content).value_or(entry);
}

void check_pair(const StackLayer& lower, const StackLayer& upper) {
  const bool upper_is_small = upper.listing.size() < lower.listing.size();
  const Listing& small = (upper_is_small ? upper : lower).listing;
  const Listing& large = (upper_is_small ? lower : upper).listing;
  for (size_t i = 0; i < small.size(); ++i) {
    std::optional<ListingEntry> found = large.find(small.path_at(i));
    if (!found) continue;
    const ListingEntry mine = resolved(small, small.at(i));
    const ListingEntry other = resolved(large, *std::move(found));
    if (mine.type == 'd' && other.type == 'd') continue;
    if (mine.same_content(other)) continue;
    const bool link_hidden =
        (mine.type == 'l' && other.type == 'd') || (mine.type == 'd' && other.type == 'l');
    throw Error("stages \"" + lower.stage + "\" and \"" + upper.stage + "\" both bring /" +
                small.path_at(i) +
                (link_hidden ? ", one as a symlink and the other as a directory that would hide it"
                             : ", with different content") +
                kAdvice);
  }
}

// A folder that was removed and made again hides all that lower layers have in it.
void check_replaced_folders(const StackLayer& lower, const StackLayer& upper) {
  if (upper.listing.text().find("trusted.overlay.opaque") == std::string_view::npos) return;
  for (size_t i = 0; i < upper.listing.size(); ++i) {
    const ListingEntry folder = upper.listing.at(i);
    if (!folder.opaque()) continue;
    const std::string inside = folder.path + "/";
    for (size_t j = lower.listing.lower_bound(inside); j < lower.listing.size(); ++j) {
      const ListingEntry below = lower.listing.at(j);
      if (!below.path.starts_with(inside)) break;
      if (below.type == 'w' || upper.listing.find(below.path)) continue;
      throw Error("stage \"" + upper.stage + "\" replaces the folder /" + folder.path +
                  " and stage \"" + lower.stage + "\" brings /" + below.path +
                  ", which would be hidden" + kAdvice);
    }
  }
}

}  // namespace

void Stack::check() const {
  for (size_t upper = 1; upper < layers_.size(); ++upper) {
    for (size_t lower = 0; lower < upper; ++lower) {
      if (stands_on(layers_[upper], lower) || stands_on(layers_[lower], upper)) continue;
      if (layers_[upper].digest == layers_[lower].digest) continue;
      check_pair(layers_[lower], layers_[upper]);
      check_replaced_folders(layers_[lower], layers_[upper]);
    }
  }
}

}  // namespace baker
