#include "cache/layer_check.h"

#include "cache/layer_seal.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"

#include <fmt/core.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <string_view>

namespace baker {
namespace {

constexpr size_t kMostTold = 10;
constexpr std::string_view kOtherContent = ": other content";

std::string difference(const ListingEntry& listed, const ListingEntry& found, CheckDepth depth) {
  if (listed.type != found.type) return "another kind of file";
  if (listed.size != found.size) return fmt::format("{} bytes, not {}", found.size, listed.size);
  if (listed.mode != found.mode) return fmt::format("mode {:o}, not {:o}", found.mode, listed.mode);
  if (listed.uid != found.uid || listed.gid != found.gid)
    return fmt::format("owner {}:{}, not {}:{}", found.uid, found.gid, listed.uid, listed.gid);
  if (listed.xattrs != found.xattrs) return "other attributes";
  if (listed.device != found.device) return "another device";
  const bool was_read = listed.type != 'f' || depth == CheckDepth::kContent;
  if (was_read && listed.content != found.content)
    return listed.type == 'l' ? "leads elsewhere" : std::string(kOtherContent.substr(2));
  return listed.mtime != found.mtime ? fmt::format("time {}, not {}", found.mtime, listed.mtime)
                                     : "";
}

// Both are sorted by path.
std::vector<std::string> differences(const Listing& listed, const Listing& found, CheckDepth depth,
                                     size_t most) {
  std::vector<std::string> told;
  size_t i = 0, j = 0;
  while (told.size() < most && (i < listed.size() || j < found.size())) {
    const std::string path = i < listed.size() ? listed.path_at(i) : "";
    const std::string there = j < found.size() ? found.path_at(j) : "";
    if (j == found.size() || (i < listed.size() && path < there)) {
      told.push_back(path + ": it is gone");
      ++i;
    } else if (i == listed.size() || there < path) {
      told.push_back(there + ": it was not there");
      ++j;
    } else {
      const std::string words = difference(listed.at(i++), found.at(j++), depth);
      if (!words.empty()) told.push_back(path + ": " + words);
    }
  }
  return told;
}

// Of two files, in bytes.
std::uint64_t first_difference(const std::string& path, const std::string& other) {
  std::ifstream one(path, std::ios::binary), two(other, std::ios::binary);
  std::uint64_t offset = 0;
  while (one && two && one.get() == two.get()) ++offset;
  return offset;
}

}  // namespace

std::vector<std::string> damage_of_layer(const std::string& folder, const Digest& digest,
                                         CheckDepth depth) {
  const std::optional<std::string> text = read_regular_file(folder + "/listing");
  if (!text && path_exists(folder + "/" + kDamagedListing))
    return {"it was found to be damaged before, and was not baked again since"};
  if (!text) return {"its listing is gone"};
  if (digest_of(*text) != digest) return {"its listing is not the one that was baked"};
  return differences(Listing::parse(*text), list_tree(folder + "/tree", depth), depth, kMostTold);
}

std::vector<std::string> damage_of_merged_root(const std::string& folder, const Stack& stack,
                                               CheckDepth depth) {
  std::vector<ListingEntry> entries;
  std::map<std::pair<std::size_t, std::string>, std::string> first_names;  // of linked files
  stack.walk([&](const StackEntry& each) {
    ListingEntry entry = each.entry;
    const std::string& file = entry.type == 'h' ? entry.content : entry.path;
    const auto [first, is_first] = first_names.emplace(std::pair(each.layer, file), entry.path);
    if (entry.type == 'h' && is_first) {  // an upper layer has replaced the name that it links to
      const auto linked = stack.layer(each.layer).listing.find(file);
      if (linked) entry = without_marks(*linked);
      entry.path = each.entry.path;
    } else if (entry.type == 'h') {
      entry.content = first->second;
    }
    entries.push_back(std::move(entry));
  });
  return differences(Listing::of(entries), list_tree(folder, depth), depth, kMostTold);
}

std::vector<std::string> differences_of_layers(const std::string& folder,
                                               const std::string& other) {
  std::vector<std::string> told =
      differences(Listing::map_file(folder + "/listing"), Listing::map_file(other + "/listing"),
                  CheckDepth::kContent, SIZE_MAX);
  for (std::string& line : told) {
    if (!line.ends_with(kOtherContent)) continue;
    const std::string path = "/tree/" + line.substr(0, line.size() - kOtherContent.size());
    line += fmt::format(" from byte {} on", first_difference(folder + path, other + path));
  }
  return told;
}

}  // namespace baker
