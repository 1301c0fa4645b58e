#include "cache/layer_check.h"

#include "cache/layer_seal.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"

#include <fmt/core.h>

namespace baker {
namespace {

constexpr size_t kMostTold = 10;

std::string difference(const ListingEntry& listed, const ListingEntry& found, CheckDepth depth) {
  if (listed.type != found.type) return "another kind of file";
  if (listed.size != found.size) return fmt::format("{} bytes, not {}", found.size, listed.size);
  if (listed.mode != found.mode) return fmt::format("mode {:o}, not {:o}", found.mode, listed.mode);
  if (listed.uid != found.uid || listed.gid != found.gid) return "another owner";
  if (listed.xattrs != found.xattrs) return "other attributes";
  if (listed.device != found.device) return "another device";
  const bool was_read = listed.type != 'f' || depth == CheckDepth::kContent;
  if (was_read && listed.content != found.content)
    return listed.type == 'l' ? "leads elsewhere" : "other content";
  return listed.mtime != found.mtime ? "another time" : "";
}

// Both are sorted by path.
std::vector<std::string> differences(const Listing& listed, const Listing& found,
                                     CheckDepth depth) {
  std::vector<std::string> told;
  size_t i = 0, j = 0;
  while (told.size() < kMostTold && (i < listed.size() || j < found.size())) {
    const std::string path = i < listed.size() ? listed.path_at(i) : "";
    const std::string there = j < found.size() ? found.path_at(j) : "";
    if (j == found.size() || (i < listed.size() && path < there)) {
      told.push_back(path + ": it is gone");
      ++i;
    } else if (i == listed.size() || there < path) {
      told.push_back(there + ": it was not baked");
      ++j;
    } else {
      const std::string words = difference(listed.at(i++), found.at(j++), depth);
      if (!words.empty()) told.push_back(path + ": " + words);
    }
  }
  return told;
}

}  // namespace

std::vector<std::string> damage_of_layer(const std::string& folder, const Digest& digest,
                                         CheckDepth depth) {
  const std::optional<std::string> text = read_file_if_exists(folder + "/listing");
  if (!text && path_exists(folder + "/" + kDamagedListing))
    return {"it was found to be damaged before, and was not baked again since"};
  if (!text) return {"its listing is gone"};
  if (digest_of(*text) != digest) return {"its listing is not the one that was baked"};
  return differences(Listing::parse(*text), list_tree(folder + "/tree", depth), depth);
}

}  // namespace baker
