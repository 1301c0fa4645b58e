#include "engine/upkeep/collect.h"

#include "cache/trash.h"
#include "engine/upkeep/inventory.h"
#include "engine/upkeep/left_overs.h"
#include "engine/upkeep/used.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace baker {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kClockSlack = 2;  // seconds, of a file system that keeps whole ones

// What stays, and why: how many of the records that stay need it.
class Kept {
 public:
  Kept(const Store& store, const Inventory& held, const Used& used)
      : store_(store), held_(held), used_(used) {
    keep_layers(used.layers);
  }

  void keep_layers(const std::set<std::string>& layers) {
    for (const std::string& layer : layers) ++layers_[layer];
  }

  void keep(const std::string& key) {
    const auto baked = Digest::from_hex(held_.records.at(key).layer);
    const Needs needs = needs_of(store_, key);
    if (needs.layers.empty() || !baked || !store_.has_layer(*baked)) return;
    for (const std::string& layer : needs.layers) ++layers_[layer];
    for (const std::string& download : needs.downloads) ++baked_[download];
    records_.emplace(key, needs);
  }

  // Returns what it needed.
  Needs give_up(const std::string& key) {
    Needs needs = std::move(records_.extract(key).mapped());
    for (const std::string& layer : needs.layers)
      if (--layers_[layer] == 0) layers_.erase(layer);
    for (const std::string& download : needs.downloads)
      if (--baked_[download] == 0) baked_.erase(download);
    return needs;
  }
  const Needs& needs_of_kept(const std::string& key) const { return records_.at(key); }

  bool has_record(const std::string& key) const { return records_.contains(key); }
  bool has_layer(const std::string& layer) const { return layers_.contains(layer); }
  bool is_baked(const std::string& download) const { return baked_.contains(download); }

  // Of what stays and can be given up, the longest unused first.
  std::vector<std::string> unused() const {
    std::vector<std::string> keys;
    for (const auto& [key, needs] : records_)
      if (!used_.keys.contains(key) && !used_.running.contains(key)) keys.push_back(key);
    std::ranges::sort(keys, {}, [this](const std::string& key) {
      return std::pair(held_.records.at(key).last_use, key);
    });
    return keys;
  }

 private:
  const Store& store_;
  const Inventory& held_;
  const Used& used_;
  std::map<std::string, Needs> records_;
  std::map<std::string, int> layers_;
  std::map<std::string, int> baked_;
};

class Collection {
 public:
  Collection(Store& store, FileOps& files, const CollectSettings& settings)
      : store_(store),
        files_(files),
        settings_(settings),
        state_(state_of_use(store)),
        used_(used_of(store)),
        held_(inventory_of(store)),
        kept_(store, held_, used_) {}

  Collected run() {
    for (const auto& [key, record] : held_.records)
      if (!record.layer.empty() && stays(key, record)) kept_.keep(key);
    const std::map<std::string, std::uint64_t> sizes = sizes_of_layers();
    if (settings_.most_bytes) give_up_until_it_fits(*settings_.most_bytes, sizes);
    const Doomed doomed = choose();
    std::vector<std::string> troubles;
    if (!settings_.dry_run) {
      store_.prepare();
      take(doomed);
      troubles = remove_left_overs(store_);
    }
    Collected collected = count(doomed, sizes);
    collected.troubles = std::move(troubles);
    return collected;
  }

 private:
  struct Doomed {
    std::vector<std::string> records{}, layers{}, downloads{}, roots{};
  };

  bool is_young(std::int64_t last_use) const {
    return last_use / kSecond > now_ - settings_.keep_seconds;
  }
  bool is_young_download(std::int64_t last_use) const {
    return last_use / kSecond > now_ - settings_.keep_download_seconds;
  }
  bool is_running_ones(const std::string& name, std::int64_t changed) const {
    return changed / kSecond >= used_.since - kClockSlack || used_.running.contains(name);
  }
  bool stays(const std::string& key, const HeldRecord& record) const {
    return used_.keys.contains(key) || is_running_ones(key, record.changed) ||
           is_young(record.last_use);
  }
  bool download_stays(const std::string& name, const HeldFile& file) const {
    if (is_running_ones(name, file.changed)) return true;
    if (kept_.is_baked(name)) return settings_.downloads == KeptDownloads::kAll;
    return used_.downloads.contains(name) || is_young_download(file.last_use);
  }
  bool layer_stays(const std::string& layer, const HeldFile& folder) const {
    return kept_.has_layer(layer) || is_running_ones(layer, folder.changed);
  }
  bool somebody_runs() const { return used_.since != INT64_MAX; }

  std::map<std::string, std::uint64_t> sizes_of_layers() const {
    std::map<std::string, std::uint64_t> sizes;
    for (const auto& [key, record] : held_.records) sizes[record.layer] = record.bytes;
    return sizes;
  }

  std::uint64_t bytes_kept(const std::map<std::string, std::uint64_t>& sizes) const {
    std::uint64_t bytes = 0;
    for (const auto& [layer, size] : sizes)
      if (kept_.has_layer(layer)) bytes += size;
    for (const auto& [name, file] : held_.downloads)
      if (download_stays(name, file)) bytes += file.bytes;
    return bytes;
  }

  void give_up_until_it_fits(std::uint64_t most,
                             const std::map<std::string, std::uint64_t>& sizes) {
    std::uint64_t bytes = bytes_kept(sizes);
    for (const std::string& key : kept_.unused()) {
      if (bytes <= most) return;
      bytes -= bytes_of_downloads(kept_.needs_of_kept(key));
      const Needs needs = kept_.give_up(key);
      bytes += bytes_of_downloads(needs);
      for (const std::string& layer : needs.layers)
        if (const auto size = sizes.find(layer); size != sizes.end() && !kept_.has_layer(layer))
          bytes -= size->second;
    }
  }

  // Of those that stay.
  std::uint64_t bytes_of_downloads(const Needs& needs) const {
    std::uint64_t bytes = 0;
    for (const std::string& name : needs.downloads)
      if (const auto file = held_.downloads.find(name);
          file != held_.downloads.end() && download_stays(name, file->second))
        bytes += file->second.bytes;
    return bytes;
  }

  // What those that run make of a merged root is not known.
  Doomed choose() const {
    Doomed doomed;
    for (const auto& [key, record] : held_.records)
      if (!kept_.has_record(key)) doomed.records.push_back(key);
    for (const auto& [layer, folder] : held_.layers)
      if (!layer_stays(layer, folder)) doomed.layers.push_back(layer);
    for (const auto& [name, file] : held_.downloads)
      if (!download_stays(name, file)) doomed.downloads.push_back(name);
    for (const auto& [root, folder] : held_.roots)
      if (!somebody_runs() && !is_young(folder.last_use)) doomed.roots.push_back(root);
    return doomed;
  }

  Collected count(const Doomed& doomed, const std::map<std::string, std::uint64_t>& sizes) const {
    Collected collected{.records = doomed.records.size(),
                        .layers = doomed.layers.size(),
                        .downloads = doomed.downloads.size(),
                        .roots = doomed.roots.size(),
                        .bytes_left = bytes_kept(sizes)};
    for (const std::string& layer : doomed.layers)
      if (const auto size = sizes.find(layer); size != sizes.end()) collected.bytes += size->second;
    for (const std::string& name : doomed.downloads)
      collected.bytes += held_.downloads.at(name).bytes;
    return collected;
  }

  // Whoever has begun since then may use what seemed to be unused.
  void look_again() {
    const std::string now = state_of_use(store_);
    if (now == state_) return;
    state_ = now;
    used_ = used_of(store_);
    kept_.keep_layers(used_.layers);
    for (const auto& [key, record] : held_.records)
      if (!kept_.has_record(key) && (used_.keys.contains(key) || used_.running.contains(key)))
        kept_.keep(key);
  }

  // Records first: one without a layer would count as damaged, a layer without a record as nothing.
  void take(const Doomed& doomed) {
    Trash trash(store_, files_);
    auto take_from = [&](const std::string& folder, const std::vector<std::string>& names,
                         const std::function<bool(const std::string&)>& goes) {
      std::vector<std::string> paths;
      for (const std::string& name : names) paths.push_back(store_.folder() + folder + name);
      trash.take(
          paths, [this] { look_again(); },
          [&](const std::string& path) { return goes(path.substr(path.rfind('/') + 1)); });
    };
    take_from("/actions/", doomed.records, [this](const std::string& key) {
      return !kept_.has_record(key) && !is_running_ones(key, held_.records.at(key).changed);
    });
    files_.sync_directory(store_.folder() + "/actions");
    take_from("/layers/", doomed.layers, [this](const std::string& layer) {
      return !layer_stays(layer, held_.layers.at(layer));
    });
    take_from("/downloads/", doomed.downloads, [this](const std::string& name) {
      return !download_stays(name, held_.downloads.at(name));
    });
    take_from("/roots/", doomed.roots, [this](const std::string&) { return !somebody_runs(); });
    trash.empty();
  }

  Store& store_;
  FileOps& files_;
  const CollectSettings& settings_;
  std::int64_t now_ = time(nullptr);
  std::string state_;  // of use, when it was looked at last
  Used used_;
  Inventory held_;
  Kept kept_;
};

}  // namespace

Collected collect(Store& store, FileOps& files, const CollectSettings& settings) {
  return Collection(store, files, settings).run();
}

}  // namespace baker
