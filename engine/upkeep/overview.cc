#include "engine/upkeep/overview.h"

#include "cache/store_uses.h"
#include "engine/upkeep/inventory.h"
#include "engine/upkeep/used.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <set>

namespace baker {
namespace {

using Sizes = std::map<std::string, std::uint64_t>;  // of layers and downloads, by their names

Sizes sizes_of(const Inventory& held) {
  Sizes sizes;
  for (const auto& [layer, folder] : held.layers) sizes[layer] = 0;
  for (const auto& [key, record] : held.records)
    if (const auto layer = sizes.find(record.layer); layer != sizes.end())
      layer->second = record.bytes;
  for (const auto& [name, file] : held.downloads) sizes[name] = file.bytes;
  return sizes;
}

std::uint64_t sum(const Sizes& sizes, const std::set<std::string>& names) {
  std::uint64_t bytes = 0;
  for (const std::string& name : names)
    if (const auto size = sizes.find(name); size != sizes.end()) bytes += size->second;
  return bytes;
}

void add_needs(std::set<std::string>& names, const Store& store,
               const std::set<std::string>& keys) {
  for (const std::string& key : keys) {
    const Needs needs = needs_of(store, key);
    names.insert(needs.layers.begin(), needs.layers.end());
    names.insert(needs.downloads.begin(), needs.downloads.end());
  }
}

}  // namespace

Overview overview_of(const Store& store) {
  const Inventory held = inventory_of(store);
  const Sizes sizes = sizes_of(held);
  Overview overview{.folder = store.folder()};
  overview.layers.number = held.layers.size();
  overview.downloads.number = held.downloads.size();
  for (const auto& [name, bytes] : sizes) {
    overview.bytes += bytes;
    (held.downloads.contains(name) ? overview.downloads : overview.layers).bytes += bytes;
  }

  std::set<std::string> used;
  for (const StoreUse& use : uses_of_store(store.folder()).uses) {
    std::set<std::string> names;
    add_needs(names, store, use.keys);
    overview.uses.push_back(
        {.pipeline = use.state.substr(use.state.rfind('/') + 1),
         .state = use.state,
         .bytes = sum(sizes, names),
         .seconds_since = std::max<std::int64_t>(0, time(nullptr) - use.written)});
    used.merge(names);
  }
  const Used all = used_of(store);
  used.insert(all.layers.begin(), all.layers.end());
  used.insert(all.downloads.begin(), all.downloads.end());
  for (const auto& [name, bytes] : sizes) {
    if (used.contains(name)) continue;
    ++overview.unused.number;
    overview.unused.bytes += bytes;
  }
  return overview;
}

}  // namespace baker
