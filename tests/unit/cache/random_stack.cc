#include "tests/unit/cache/random_stack.h"

#include "cache/layer_seal.h"
#include "cache/stack_mount.h"
#include "engine/io/hasher.h"
#include "engine/io/root_dir.h"
#include "tests/unit/cache/sealed.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kEpoch = 1'700'000'000;
constexpr int kMostLayers = 4;
constexpr int kDeepest = 3;
constexpr const char* kNames[] = {"a", "a-b", "b"};

void must(int result, const fs::path& path) {
  if (result != 0) throw std::runtime_error("cannot make " + path.string());
}

void mark(const fs::path& path, const char* name) {
  must(lsetxattr(path.c_str(), name, "y", 1, 0), path);
}

}  // namespace

RandomStack::RandomStack(std::uint64_t seed, fs::path folder)
    : random_(seed), folder_(std::move(folder)) {
  const int layers = 2 + below(kMostLayers - 1);
  for (int i = 0; i < layers; ++i) {
    const StackLayer* again =
        i > 0 && one_in(4) ? &layers_[static_cast<size_t>(below(i))] : nullptr;
    if (again && can_come_again(*again)) {
      layers_.push_back(StackLayer(*again));
    } else {
      make_layer();
    }
  }
}

bool RandomStack::can_come_again(const StackLayer& layer) const {
  const Stack root(layers_);
  for (size_t i = 0; i < layer.listing.size(); ++i) {
    const ListingEntry entry = layer.listing.at(i);
    if (entry.type == 'w' && !root.find(entry.path).entry) return false;
  }
  return true;
}

// As a stage leaves it that stands on all below: sealed over them, or knowing nothing of them.
void RandomStack::make_layer() {
  tree_ = folder_ / std::to_string(layers_.size());
  fs::create_directories(tree_);
  must(chmod(tree_.c_str(), 0755), tree_);
  mark(tree_, "trusted.baker.implied");
  files_.clear();
  make_entries(tree_, 1, true);
  const Stack root(layers_);
  const bool knows = !one_in(3);
  Listing listing = testing::sealed(
      tree_, {.epoch = kEpoch, .started = INT64_MAX, .root = knows ? &root : nullptr});
  const std::string digest = digest_of(listing.text()).hex();
  layers_.push_back({tree_.filename(), {}, digest, tree_, std::move(listing)});
}

void RandomStack::make_entries(const fs::path& folder, int depth, bool anything_below) {
  for (const char* name : kNames)
    if (!one_in(3)) make_entry(folder / name, depth, anything_below);
}

void RandomStack::make_entry(const fs::path& path, int depth, bool anything_below) {
  switch (below(9)) {
    case 0:
      return fs::create_symlink(kNames[below(3)], path);
    case 1:
      if (!files_.empty())
        return fs::create_hard_link(
            files_[static_cast<size_t>(below(static_cast<int>(files_.size())))], path);
      return make_file(path);
    case 2:
      if (anything_below && Stack(layers_).find(path.lexically_relative(tree_)).entry)
        return must(mknod(path.c_str(), S_IFCHR, makedev(0, 0)), path);  // a whiteout
      return make_file(path);
    case 3:
      must(mknod(path.c_str(), one_in(2) ? S_IFIFO | 0600 : S_IFCHR | 0600, makedev(1, 3)), path);
      return give_attributes(path);
    case 4:
    case 5:
      return make_file(path);
    default:
      return depth < kDeepest ? make_folder(path, depth, anything_below) : make_file(path);
  }
}

void RandomStack::make_file(const fs::path& path) {
  std::ofstream(path) << std::string(static_cast<size_t>(below(3)), 'x');
  if (one_in(5)) fs::resize_file(path, 300'000);  // a hole
  give_attributes(path);
  files_.push_back(path);
}

void RandomStack::make_folder(const fs::path& path, int depth, bool anything_below) {
  fs::create_directory(path);
  if (one_in(2)) {
    must(chmod(path.c_str(), 0755), path);
    mark(path, "trusted.baker.implied");
  } else {
    give_attributes(path);
  }
  const bool opaque = one_in(5);
  if (opaque) mark(path, "trusted.overlay.opaque");
  make_entries(path, depth + 1, anything_below && !opaque);
}

void RandomStack::give_attributes(const fs::path& path) {
  static constexpr mode_t kModes[] = {0755, 0755, 0700, 02775, 01777, 0644};
  must(lchown(path.c_str(), one_in(3) ? 33 : 0, one_in(3) ? 7 : 0), path);
  must(chmod(path.c_str(), kModes[below(6)]), path);
  if (one_in(4) && !fs::is_fifo(path) && !fs::is_character_file(path))
    must(lsetxattr(path.c_str(), one_in(2) ? "user.of" : "trusted.of", "test", 4, 0), path);
  const timespec time = {1000 + below(3), 0};
  const timespec times[2] = {time, time};
  must(utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), path);
}

std::string tree_text(const std::string& tree, std::uint32_t first_id) {
  const Listing listing = list_tree(tree);
  std::vector<ListingEntry> entries;
  for (size_t i = 0; i < listing.size(); ++i) {
    entries.push_back(without_marks(listing.at(i)));
    entries.back().uid -= first_id;
    entries.back().gid -= first_id;
  }
  return std::string(Listing::of(entries).text());
}

std::string mounted_text(const Stack& stack, const fs::path& folder) {
  for (const char* name : {"root", "upper", "work", "scratch"}) fs::create_directory(folder / name);
  mount_stack(stack, {folder / "root", folder / "upper", folder / "work", folder / "scratch", ""});
  const std::string text = tree_text(folder / "root");
  umount2((folder / "root").c_str(), MNT_DETACH);
  return text;
}

fs::path fresh_folder(const fs::path& path) {
  remove_tree(path);
  fs::create_directories(path);
  return path;
}

}  // namespace baker::testing
