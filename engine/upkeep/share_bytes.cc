#include "engine/upkeep/share_bytes.h"

#include "cache/listing.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/upkeep/inventory.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace baker {
namespace {

constexpr std::uint64_t kWorthIt = 16 << 10;  // bytes of a file
constexpr std::uint64_t kAtATime = 16 << 20;  // as much as btrfs takes in one call

enum class DedupeOutcome { kDone, kPassedOver, kImpossible };

DedupeOutcome share(const std::string& kept, const std::string& other, std::uint64_t size) {
  const UniqueFd source(open(kept.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const UniqueFd target(open(other.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!source.valid() || !target.valid()) return DedupeOutcome::kPassedOver;
  for (std::uint64_t at = 0; at < size;) {
    alignas(file_dedupe_range)
        std::byte room[sizeof(file_dedupe_range) + sizeof(file_dedupe_range_info)] = {};
    auto* range = reinterpret_cast<file_dedupe_range*>(room);
    range->src_offset = at;
    range->src_length = std::min(kAtATime, size - at);
    range->dest_count = 1;
    range->info[0].dest_fd = target.get();
    range->info[0].dest_offset = at;
    if (ioctl(source.get(), FIDEDUPERANGE, range) != 0)
      return errno == EOPNOTSUPP || errno == ENOTTY ? DedupeOutcome::kImpossible
                                                    : DedupeOutcome::kPassedOver;
    const std::int32_t status = range->info[0].status;
    if (status == -EOPNOTSUPP) return DedupeOutcome::kImpossible;
    if (status != FILE_DEDUPE_RANGE_SAME || range->info[0].bytes_deduped == 0)
      return DedupeOutcome::kPassedOver;
    at += range->info[0].bytes_deduped;
  }
  return DedupeOutcome::kDone;
}

class Sharer {
 public:
  explicit Sharer(const Store& store) : store_(store), memo_(store.memo_path("shared")) {
    for (const std::string& layer : split(read_regular_file(memo_).value_or(""), '\n'))
      if (!layer.empty()) seen_.insert(layer);
  }

  SharedBytes run() {
    const Inventory held = inventory_of(store_);
    std::vector<std::string> unseen;
    for (const auto& [layer, file] : held.layers)
      if (!seen_.contains(layer)) unseen.push_back(layer);
    if (unseen.empty()) return {};
    for (const auto& [layer, file] : held.layers)
      if (seen_.contains(layer)) look_at(layer, false);
    for (const std::string& layer : unseen) {
      look_at(layer, true);
      if (!possible_) break;
      const UniqueFd memo = open_or_throw(memo_, O_WRONLY | O_CREAT | O_APPEND, 0644);
      write_all(memo.get(), layer + "\n", memo_);
    }
    return shared_;
  }

 private:
  void look_at(const std::string& layer, bool is_new) {
    try {
      look_at_layer(store_.folder() + "/layers/" + layer, is_new);
    } catch (const Error&) {
      // It is gone meanwhile, or damaged, which is for `baker verify` to say.
    }
  }

  void look_at_layer(const std::string& folder, bool is_new) {
    const Listing listing = Listing::map_file(folder + "/listing");
    for (std::size_t i = 0; i < listing.size() && possible_; ++i) {
      const ListingEntry entry = listing.at(i);
      if (entry.type != 'f' || entry.size < kWorthIt) continue;
      const std::string path = folder + "/tree/" + entry.path;
      const auto [known, is_first] = first_.emplace(entry.content, path);
      if (!is_first && is_new) share_with(known->second, path, entry.size);
    }
    listing.forget_pages();
  }

  void share_with(const std::string& kept, const std::string& path, std::uint64_t size) {
    const DedupeOutcome sharing = share(kept, path, size);
    possible_ = sharing != DedupeOutcome::kImpossible;
    if (sharing != DedupeOutcome::kDone) return;
    ++shared_.files;
    shared_.bytes += size;
  }

  const Store& store_;
  const std::string memo_;
  std::set<std::string> seen_;                // layers
  std::map<std::string, std::string> first_;  // by digest of content: where it lies
  bool possible_ = true;
  SharedBytes shared_;
};

}  // namespace

SharedBytes share_bytes(const Store& store) {
  return Sharer(store).run();
}

}  // namespace baker
