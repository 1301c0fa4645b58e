#include "cache/root_stack.h"

#include <algorithm>
#include <map>
#include "engine/base/error.h"

namespace baker {
namespace {

bool related(const std::vector<StackLayer>& layers, size_t a, size_t b) {
  auto holds = [&](size_t upper, size_t lower) {
    return std::ranges::find(layers[upper].below, lower) != layers[upper].below.end();
  };
  return holds(a, b) || holds(b, a);
}

// What a path is, for the question whether two layers agree: a hard link is the file it names.
const ListingEntry* resolved(const Listing& listing, const ListingEntry* entry) {
  if (entry->type != 'h') return entry;
  const ListingEntry* file = listing.find(entry->content);
  return file ? file : entry;
}

void check_pair(const StackLayer& lower, const StackLayer& upper) {
  const bool upper_is_small = upper.listing->entries().size() < lower.listing->entries().size();
  const StackLayer& small = upper_is_small ? upper : lower;
  const StackLayer& large = upper_is_small ? lower : upper;
  for (const ListingEntry& entry : small.listing->entries()) {
    const ListingEntry* found = large.listing->find(entry.path);
    if (!found) continue;
    const ListingEntry& mine = *resolved(*small.listing, &entry);
    const ListingEntry& other = *resolved(*large.listing, found);
    if (mine.type == 'd' && other.type == 'd') continue;
    if (mine.same_content(other)) continue;
    const bool link_hidden =
        (mine.type == 'l' && other.type == 'd') || (mine.type == 'd' && other.type == 'l');
    throw Error("stages \"" + lower.name + "\" and \"" + upper.name + "\" both bring /" +
                entry.path +
                (link_hidden ? ", one as a symlink and the other as a directory that would hide it"
                             : ", with different content") +
                "; neither stands on the other: say which comes later by naming one in the `from` "
                "of the other");
  }
}

// Whether nothing that layers below have at `path` shows through this one.
bool hides(const Listing& layer, const std::string& path) {
  for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const ListingEntry* entry = layer.find(std::string_view(path).substr(0, end));
    if (entry && (entry->type != 'd' || entry->opaque())) return true;
    if (end == std::string::npos) return false;
  }
}

// A folder that was made anew has overlayfs hide all that lower layers have in it.
void check_replaced_folders(const StackLayer& lower, const StackLayer& upper) {
  for (const ListingEntry& entry : upper.listing->entries()) {
    if (!entry.opaque()) continue;
    for (const ListingEntry& below : lower.listing->entries_below(entry.path)) {
      if (below.type == 'w' || upper.listing->find(below.path)) continue;
      throw Error("stage \"" + upper.name + "\" replaces the folder /" + entry.path +
                  " and stage \"" + lower.name + "\" brings /" + below.path +
                  ", which would be hidden; neither stands on the other: say which comes later by "
                  "naming one in the `from` of the other");
    }
  }
}

}  // namespace

void check_stack(const std::vector<StackLayer>& layers) {
  for (size_t upper = 1; upper < layers.size(); ++upper) {
    for (size_t lower = 0; lower < upper; ++lower) {
      if (related(layers, lower, upper)) continue;
      check_pair(layers[lower], layers[upper]);
      check_replaced_folders(layers[lower], layers[upper]);
    }
  }
}

std::vector<ListingEntry> implied_directories(const std::vector<StackLayer>& layers) {
  std::map<std::string, ListingEntry> wanted;  // by path: parents come first
  for (const StackLayer& layer : layers) {
    for (const ListingEntry& entry : layer.listing->entries()) {
      if (!entry.implied() || wanted.contains(entry.path)) continue;
      if (std::optional<ListingEntry> said = said_directory(layers, entry.path))
        wanted.emplace(entry.path, *std::move(said));
    }
  }
  std::vector<ListingEntry> entries;
  for (auto& [path, entry] : wanted) entries.push_back(std::move(entry));
  return entries;
}

std::optional<ListingEntry> said_directory(const std::vector<StackLayer>& layers,
                                           const std::string& path) {
  for (size_t i = layers.size(); i-- > 0;) {
    const ListingEntry* found = layers[i].listing->find(path);
    if (found && found->type == 'd' && !found->implied()) {
      ListingEntry said = *found;
      said.xattrs.erase("trusted.overlay.opaque");
      return said;
    }
    if (hides(*layers[i].listing, path)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace baker
