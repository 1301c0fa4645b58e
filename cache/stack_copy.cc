#include "cache/stack_copy.h"

#include "cache/file_copy.h"
#include "cache/file_copy_queue.h"
#include "engine/base/error.h"
#include "engine/io/disk_space.h"
#include "engine/io/hasher.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <sstream>

namespace baker {
namespace {

// Raised when equal layers would be merged to another tree.
constexpr const char* kMergeFormat = "2";

void make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) throw system_error("cannot make " + path, path);
}

void make_link(const std::string& first, const std::string& path) {
  if (link(first.c_str(), path.c_str()) != 0) throw system_error("cannot link " + path, path);
}

class StackCopy {
 public:
  StackCopy(const Stack& stack, std::string folder, Sharing sharing)
      : stack_(stack), folder_(std::move(folder)), copier_(sharing == Sharing::kWherePossible) {}

  CopyMethod run() {
    FileCopyQueue files(copier_);
    stack_.walk([&](const StackEntry& each) { make(each, files); });
    files.finish();
    for (const StackEntry& each : links_) link_names(each);
    // Last, as what is made in a folder changes its time, and it may not be writable.
    for (auto each = directories_.rbegin(); each != directories_.rend(); ++each)
      copier_.give_attributes(*each, path_of(*each));
    return copier_.clones() ? CopyMethod::kReflink : CopyMethod::kCopy;
  }

 private:
  std::string path_of(const ListingEntry& entry) const { return folder_ + "/" + entry.path; }
  std::string source_of(size_t layer, const std::string& path) const {
    return stack_.layer(layer).tree + "/" + path;
  }

  void make(const StackEntry& each, FileCopyQueue& files) {
    const ListingEntry& entry = each.entry;
    if (entry.type == 'd') {
      if (entry.path != ".") make_folder(path_of(entry));
      directories_.push_back(entry);
    } else if (entry.type == 'h') {
      links_.push_back(each);
    } else if (entry.type == 'f') {
      files.add(source_of(each.layer, entry.path), entry, path_of(entry));
    } else {
      copier_.make_special(entry, path_of(entry));
    }
  }

  // Hard links are kept between names that come from one layer. Where an upper layer has replaced
  // the first of them, the next one becomes the file.
  void link_names(const StackEntry& each) {
    const std::string& first = each.entry.content;
    std::string& name = first_names_[{each.layer, first}];
    if (name.empty()) {
      const auto shown = stack_.find(first).entry;
      const bool is_there = shown && shown->layer == each.layer && shown->entry.type == 'f';
      name = is_there ? first : each.entry.path;
      if (!is_there) return copy_as_file(each);
    }
    make_link(folder_ + "/" + name, path_of(each.entry));
  }

  void copy_as_file(const StackEntry& each) {
    std::optional<ListingEntry> file = stack_.layer(each.layer).listing.find(each.entry.content);
    if (!file) throw Error("the layer lists /" + each.entry.path + " as a link to nothing");
    copier_.copy(source_of(each.layer, each.entry.path), *file, path_of(each.entry));
  }

  const Stack& stack_;
  std::string folder_;
  FileCopier copier_;
  std::vector<ListingEntry> directories_;  // parents first
  std::vector<StackEntry> links_;
  std::map<std::pair<size_t, std::string>, std::string> first_names_;  // of linked files
};

// What is there before a layer's entry takes its place.
enum class Before { kNothing, kDirectory, kOther };

Before kind_at(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return Before::kNothing;
  return S_ISDIR(status.st_mode) ? Before::kDirectory : Before::kOther;
}

}  // namespace

CopyMethod copy_stack(const Stack& stack, const std::string& folder, Sharing sharing) {
  return StackCopy(stack, folder, sharing).run();
}

void lay_over(const Listing& listing, const std::string& tree, const std::string& folder) {
  FileCopier copier;
  std::vector<ListingEntry> directories;
  std::vector<std::pair<std::string, std::int64_t>> passed;  // directories that keep all but time
  for (size_t i = 0; i < listing.size(); ++i) {
    const ListingEntry entry = listing.at(i);
    const std::string to = folder + "/" + entry.path;
    const Before before = kind_at(to);
    const bool stays = entry.type == 'd' && before == Before::kDirectory && !entry.opaque();
    if (before != Before::kNothing && !stays && entry.path != ".") remove_tree(to);
    if (entry.type == 'd') {
      if (!stays && entry.path != ".") make_folder(to);
      if (stays && entry.implied()) {
        passed.emplace_back(to, entry.mtime);
      } else {
        directories.push_back(entry);
      }
    } else if (entry.type == 'f') {
      copier.copy(tree + "/" + entry.path, entry, to);
    } else if (entry.type == 'h') {
      make_link(folder + "/" + entry.content, to);
    } else if (entry.type != 'w') {
      copier.make_special(entry, to);
    }
  }
  for (auto entry = directories.rbegin(); entry != directories.rend(); ++entry)
    copier.give_attributes(*entry, folder + "/" + entry->path);
  for (const auto& [path, time] : passed) set_time(path, time);
}

std::uint64_t content_bytes(const Stack& stack) {
  std::uint64_t bytes = 0;
  stack.walk([&bytes](const StackEntry& each) { bytes += each.entry.size; });
  return bytes;
}

std::uint64_t allocated_bytes(const Stack& stack) {
  std::uint64_t bytes = 0;
  stack.walk([&](const StackEntry& each) {
    struct stat status;
    const std::string file = stack.layer(each.layer).tree + "/" + each.entry.path;
    if (each.entry.type == 'f' && lstat(file.c_str(), &status) == 0)
      bytes += allocated_bytes(status);
  });
  return bytes;
}

bool can_share_blocks(const Stack& stack, const std::string& folder) {
  std::optional<bool> can;
  stack.walk([&](const StackEntry& each) {
    if (can || each.entry.type != 'f' || each.entry.size == 0) return;
    const UniqueFd source(open((stack.layer(each.layer).tree + "/" + each.entry.path).c_str(),
                               O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    const UniqueFd target(open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
    can = source.valid() && target.valid() && ioctl(target.get(), FICLONE, source.get()) == 0;
  });
  return can.value_or(false);
}

std::string merged_root_text(const std::vector<MergedLayer>& layers) {
  std::string names = std::string(kMergeFormat) + "\n";
  for (const MergedLayer& layer : layers) {
    names += layer.digest;
    for (size_t below : layer.below) names += fmt::format(" {}", below);
    names += "\n";
  }
  return names;
}

std::string merged_root_name(const std::vector<MergedLayer>& layers) {
  return digest_of(merged_root_text(layers)).hex();
}

std::optional<std::vector<MergedLayer>> merged_layers_of(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  if (!std::getline(lines, line) || line != kMergeFormat) return std::nullopt;
  std::vector<MergedLayer> layers;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    MergedLayer layer;
    words >> layer.digest;
    for (size_t below = 0; words >> below;) layer.below.push_back(below);
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace baker
