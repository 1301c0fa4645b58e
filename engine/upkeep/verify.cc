#include "engine/upkeep/verify.h"

#include "cache/stack_copy.h"
#include "cache/store_uses.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/lock.h"
#include "engine/pipeline/lock_file.h"
#include "engine/plan/pipeline_state.h"
#include "engine/upkeep/inventory.h"
#include "engine/upkeep/owners.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace baker {
namespace {

constexpr int kThreads = 2;
constexpr size_t kShownDigits = 12;

// Names of layers and downloads that were found whole, for one that goes on after an interruption.
class Notebook {
 public:
  explicit Notebook(const Store& store) : path_(store.memo_path("verified")) {
    for (const std::string& name : split(read_regular_file(path_).value_or(""), '\n'))
      seen_.insert(name);
  }
  bool has(const std::string& name) const { return seen_.contains(name); }
  void add(const std::string& name) const {
    const UniqueFd file = open_or_throw(path_, O_WRONLY | O_CREAT | O_APPEND, 0644);
    write_all(file.get(), name + "\n", path_);
  }
  void close() const { remove_file(path_); }

 private:
  std::string path_;
  std::set<std::string> seen_;
};

class Verification {
 public:
  Verification(Store& store, const VerifySettings& settings, const VerifyWatch& watch)
      : store_(store), settings_(settings), watch_(watch), notebook_(store) {}

  Verified run() {
    const Inventory held = inventory_of(store_);
    const LayerOwners owners = owners_of_layers(store_);
    check_records(held);
    if (settings_.keys.empty()) check_pipelines();
    choose(held);
    progress_.all = names_.size();
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kThreads; ++i) threads.emplace_back([this, &owners] { work(owners); });
    }
    if (failure_) throw *failure_;
    if (settings_.keys.empty()) check_roots(held);  // by layers that are whole
    verified_.interrupted = is_told_to_end();
    if (goes_on() && !verified_.interrupted) notebook_.close();
    return verified_;
  }

 private:
  bool goes_on() const { return settings_.depth == CheckDepth::kContent && settings_.keys.empty(); }

  void check_records(const Inventory& held) {
    for (const auto& [key, record] : held.records) {
      if (!settings_.keys.empty() && !settings_.keys.contains(key)) continue;
      ++verified_.records;
      if (store_.record(key)) continue;
      store_.set_aside(store_.record_path(key));
      add({.what = "the record " + key, .how = {"it is not what was written"}});
    }
  }

  // What bakers wrote down outside of the store, and about it. It stays where it is: only its owner
  // knows what else there is to lose.
  void check_pipelines() {
    const StoreUses uses = uses_of_store(store_.folder());
    for (const std::string& file : uses.damaged)
      add_unreadable(file,
                     "it does not name a pipeline: remove it, and run each pipeline once that uses "
                     "this cache");
    for (const StoreUse& use : uses.uses) {
      ++verified_.pipelines;
      check_readable("the state " + use.state, [&] { PipelineState::load(use.state); });
      if (path_exists(use.lock_file))
        check_readable("the lock file " + use.lock_file, [&] { LockFile::load(use.lock_file); });
    }
  }

  void check_readable(const std::string& what, const std::function<void()>& read) {
    try {
      read();
    } catch (const Error& error) {
      add_unreadable(what, error.describe());
    }
  }

  void add_unreadable(const std::string& what, const std::string& how) {
    add({.what = what, .how = {how}, .is_baked_again = false});
  }

  // What is found is told at once: whatever ends this, it was not found in vain.
  void add(Damage damage) {
    watch_.on_damage(damage);
    verified_.damages.push_back(std::move(damage));
  }

  bool is_told_to_end() const {
    pollfd interrupt = {settings_.interrupt_fd, POLLIN, 0};
    return settings_.interrupt_fd >= 0 && poll(&interrupt, 1, 0) > 0;
  }

  void choose(const Inventory& held) {
    std::set<std::string> wanted;
    for (const std::string& key : settings_.keys) {
      const Needs needs = needs_of(store_, key);
      wanted.insert(needs.layers.begin(), needs.layers.end());
      wanted.insert(needs.downloads.begin(), needs.downloads.end());
    }
    auto add = [&](const auto& things) {
      for (const auto& [name, thing] : things)
        if ((wanted.contains(name) || settings_.keys.empty()) &&
            !(goes_on() && notebook_.has(name)))
          names_.push_back(name);
    };
    add(held.layers);
    if (settings_.depth == CheckDepth::kContent) add(held.downloads);
  }

  // What a root that was merged by an earlier baker stands on is not known.
  void check_roots(const Inventory& held) {
    for (const auto& [root, file] : held.roots) {
      const std::string name = "root-" + root;
      if (is_told_to_end() || (goes_on() && notebook_.has(name))) continue;
      const std::string path = store_.folder() + "/roots/" + root;
      const std::string text = read_regular_file(path + ".lock").value_or("");
      const auto layers = merged_layers_of(text);
      if (!layers || digest_of(text).hex() != root || !path_exists(path)) continue;
      ++verified_.roots;
      std::vector<std::string> how = damage_of_root(path, *layers);
      if (how.empty()) {
        if (goes_on()) notebook_.add(name);
        continue;
      }
      const FileLock nobody_takes_it = FileLock::lock(path + ".lock", FileLock::Mode::kExclusive);
      store_.set_aside(path);
      add({.what = "the merged root " + root, .how = std::move(how)});
    }
  }

  std::vector<std::string> damage_of_root(const std::string& path,
                                          const std::vector<MergedLayer>& merged) {
    std::vector<StackLayer> layers;
    for (const MergedLayer& layer : merged) {
      const auto digest = Digest::from_hex(layer.digest);
      if (!digest || !store_.has_layer(*digest)) return {};  // it goes with the next collection
      const std::string folder = store_.layer_path(*digest);
      layers.push_back({.stage = {},
                        .below = layer.below,
                        .digest = layer.digest,
                        .tree = folder + "/tree",
                        .listing = Listing::map_file(folder + "/listing")});
    }
    return damage_of_merged_root(path, Stack(std::move(layers)), settings_.depth);
  }

  void work(const LayerOwners& owners) {
    try {
      for (std::size_t i = next_++; i < names_.size() && !failed_ && !is_told_to_end();
           i = next_++) {
        const std::string& name = names_[i];
        const bool is_layer = name.find('-') == std::string::npos;
        std::optional<Damage> damage =
            is_layer ? damage_of(*Digest::from_hex(name), owners) : damage_of_download(name);
        const std::lock_guard lock(mutex_);
        ++(is_layer ? verified_.layers : verified_.downloads);
        if (!damage && goes_on()) notebook_.add(name);
        if (damage) add(*std::move(damage));
        ++progress_.done;
        watch_.on_progress(progress_);
      }
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      failed_ = true;
      failure_ = error;
    }
  }

  std::optional<Damage> damage_of(const Digest& layer, const LayerOwners& owners) {
    const std::string folder = store_.layer_path(layer);
    std::vector<std::string> how = damage_of_layer(folder, layer, settings_.depth);
    if (how.empty() || !path_exists(folder)) return std::nullopt;  // or collected meanwhile
    store_.mark_damaged(layer);
    const std::string& hex = layer.hex();
    const auto stage = owners.stages.find(hex);
    Damage damage{.what = fmt::format("the layer {}…{}", hex.substr(0, kShownDigits),
                                      stage == owners.stages.end() ? "" : " of " + stage->second),
                  .how = std::move(how)};
    if (const auto machines = owners.machines.find(hex); machines != owners.machines.end())
      damage.machines.assign(machines->second.begin(), machines->second.end());
    return damage;
  }

  std::optional<Damage> damage_of_download(const std::string& name) {
    const std::string path = store_.downloads_folder() + "/" + name;
    const auto digest = Digest::from_hex(name.substr(name.find('-') + 1));
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat status;
    if (!digest || !file.valid() || fstat(file.get(), &status) != 0) return std::nullopt;
    const bool is_file = S_ISREG(status.st_mode);
    if (is_file && digest_file(file.get(), path, algorithm_of(*digest)) == *digest)
      return std::nullopt;
    store_.set_aside(path);
    return Damage{.what = "the download " + name,
                  .how = {is_file ? "other content" : "it is no file"}};
  }

  Store& store_;
  const VerifySettings& settings_;
  const VerifyWatch& watch_;
  const Notebook notebook_;
  std::vector<std::string> names_;  // of layers, and of downloads
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // of what follows
  VerifyProgress progress_;
  Verified verified_;
  std::optional<Error> failure_;
};

}  // namespace

Verified verify(Store& store, const VerifySettings& settings, const VerifyWatch& watch) {
  return Verification(store, settings, watch).run();
}

}  // namespace baker
