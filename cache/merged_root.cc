#include "cache/merged_root.h"

#include "cache/file_copy.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace baker {
namespace {

using Tree = std::map<std::string, MergedEntry, std::less<>>;

void erase_below(Tree& tree, const std::string& path) {
  const std::string prefix = path == "." ? "" : path + "/";
  auto first = tree.lower_bound(prefix);
  while (first != tree.end() && first->first.starts_with(prefix)) {
    first = first->first == "." ? std::next(first) : tree.erase(first);
  }
}

void lay_entry(Tree& tree, size_t layer, const ListingEntry& entry) {
  auto below = tree.find(entry.path);
  const bool directory_below = below != tree.end() && below->second.entry->type == 'd';
  if (directory_below && (entry.type != 'd' || entry.opaque())) erase_below(tree, entry.path);
  if (entry.type == 'w') {
    if (below != tree.end()) tree.erase(below);
  } else if (!(directory_below && entry.implied())) {
    tree[entry.path] = {layer, &entry};
  }
}

// Hard links are kept between names that come from one layer; a name whose file was replaced by an
// upper layer is a file of its own.
const ListingEntry* link_target(const std::vector<SourceLayer>& layers, const MergedEntry& merged) {
  return layers[merged.layer].listing->find(merged.entry->content);
}

// Files, shared out to a few threads; the first error stops all.
void copy_files(const std::vector<SourceLayer>& layers, const std::vector<MergedEntry>& files,
                const std::string& folder, FileCopier& copier) {
  std::atomic<size_t> next = 0;
  std::mutex guard;
  std::optional<Error> failure;
  auto work = [&] {
    for (size_t i; (i = next.fetch_add(1)) < files.size();) {
      try {
        const std::string& path = files[i].entry->path;
        copier.copy(layers[files[i].layer].tree + "/" + path, *files[i].entry, folder + "/" + path);
      } catch (const Error& error) {
        std::lock_guard lock(guard);
        if (!failure) failure = error;
        next = files.size();
      }
    }
  };
  {
    std::jthread other(work);
    work();
  }
  if (failure) throw *failure;
}

void remove_below(const std::string& folder) {
  for (const std::string& name : list_directory(folder)) remove_tree(folder + "/" + name);
}

}  // namespace

std::vector<MergedEntry> merge_layers(const std::vector<SourceLayer>& layers) {
  Tree tree;
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    for (const ListingEntry& entry : layers[layer].listing->entries())
      lay_entry(tree, layer, entry);
  }
  std::vector<MergedEntry> entries;
  for (const auto& [path, entry] : tree) entries.push_back(entry);
  return entries;
}

CopyMethod write_tree(const std::vector<SourceLayer>& layers,
                      const std::vector<MergedEntry>& entries, const std::string& folder) {
  FileCopier copier;
  std::vector<MergedEntry> files;
  std::vector<MergedEntry> links;
  std::map<std::pair<size_t, std::string>, std::string> written;  // first name of a linked file
  for (const MergedEntry& merged : entries) {
    const ListingEntry& entry = *merged.entry;
    if (entry.type == 'd') {
      if (entry.path != "." && mkdir((folder + "/" + entry.path).c_str(), 0700) != 0) {
        throw system_error("cannot make " + folder + "/" + entry.path, folder);
      }
    } else if (entry.type == 'h') {
      links.push_back(merged);
    } else if (entry.type == 'f') {
      files.push_back(merged);
      written[{merged.layer, entry.path}] = entry.path;
    } else {
      copier.make_special(entry, folder + "/" + entry.path);
    }
  }
  copy_files(layers, files, folder, copier);
  for (const MergedEntry& merged : links) {
    const std::string to = folder + "/" + merged.entry->path;
    std::string& first = written[{merged.layer, merged.entry->content}];
    if (first.empty()) {  // the file's first name was replaced above: this name becomes the file
      const ListingEntry* file = link_target(layers, merged);
      if (!file) throw Error("the layer lists /" + merged.entry->path + " as a link to nothing");
      copier.copy(layers[merged.layer].tree + "/" + merged.entry->path, *file, to);
      first = merged.entry->path;
    } else if (link((folder + "/" + first).c_str(), to.c_str()) != 0) {
      throw system_error("cannot link " + to, folder);
    }
  }
  for (auto merged = entries.rbegin(); merged != entries.rend(); ++merged) {
    if (merged->entry->type == 'd')
      copier.give_attributes(*merged->entry, folder + "/" + merged->entry->path);
  }
  return copier.clones() ? CopyMethod::kReflink : CopyMethod::kCopy;
}

void lay_over(const SourceLayer& layer, const std::string& folder) {
  FileCopier copier;
  std::vector<const ListingEntry*> directories;
  std::vector<std::pair<std::string, timespec>> times;  // of directories that keep theirs
  for (const ListingEntry& entry : layer.listing->entries()) {
    const std::string to = folder + "/" + entry.path;
    struct stat status;
    const bool there = lstat(to.c_str(), &status) == 0;
    const bool directory_there = there && S_ISDIR(status.st_mode);
    const bool stays = entry.type == 'd' && directory_there && (!entry.opaque() || entry.implied());
    if (there && !stays && entry.path != ".") remove_tree(to);
    if (stays && entry.opaque()) remove_below(to);
    if (entry.type == 'd') {
      if (!stays && entry.path != "." && mkdir(to.c_str(), 0700) != 0)
        throw system_error("cannot make " + to, to);
      if (stays && entry.implied()) {
        times.emplace_back(to, status.st_mtim);
      } else {
        directories.push_back(&entry);
      }
    } else if (entry.type == 'f') {
      copier.copy(layer.tree + "/" + entry.path, entry, to);
    } else if (entry.type == 'h') {
      if (link((folder + "/" + entry.content).c_str(), to.c_str()) != 0)
        throw system_error("cannot link " + to, to);
    } else if (entry.type != 'w') {
      copier.make_special(entry, to);
    }
  }
  for (auto entry = directories.rbegin(); entry != directories.rend(); ++entry) {
    copier.give_attributes(**entry, folder + "/" + (*entry)->path);
  }
  for (const auto& [path, time] : times) {
    const timespec both[2] = {time, time};
    if (utimensat(AT_FDCWD, path.c_str(), both, 0) != 0)
      throw system_error("cannot set the time of " + path, path);
  }
}

std::string merged_root_name(const std::vector<std::string>& layers) {
  std::string names;
  for (const std::string& layer : layers) names += layer + "\n";
  return digest_of(names).hex();
}

std::uint64_t content_bytes(const std::vector<MergedEntry>& entries) {
  std::uint64_t bytes = 0;
  for (const MergedEntry& merged : entries) bytes += merged.entry->size;
  return bytes;
}

}  // namespace baker
