#include "cache/stack_mount.h"

#include "cache/file_copy.h"
#include "engine/io/files.h"
#include "engine/io/mounts.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <set>

namespace baker {
namespace {

// Each with the folders that lead to it.
std::set<std::string> with_parents(const std::vector<ListingEntry>& directories) {
  std::set<std::string> paths;
  for (const ListingEntry& directory : directories) {
    for (size_t end = directory.path.size(); end != std::string::npos && end > 0;
         end = directory.path.rfind('/', end - 1))
      paths.insert(directory.path.substr(0, end));
  }
  return paths;
}

// A layer on top, with the folders that overlayfs would show otherwise.
void make_correcting_layer(const Stack& stack, const std::set<std::string>& directories,
                           const std::string& folder) {
  make_directories(folder);
  for (const std::string& path : directories)
    if (mkdir((folder + "/" + path).c_str(), 0700) != 0)
      throw system_error("cannot make " + folder + "/" + path, folder);
  FileCopier copier;
  for (auto path = directories.rbegin(); path != directories.rend(); ++path)
    copier.give_attributes(stack.find(*path).entry->entry, folder + "/" + *path);
}

// overlayfs takes the attributes of the root itself from the upper folder.
void make_root_of(const Stack& stack, const std::string& upper) {
  if (const auto root = stack.find(".").entry) FileCopier().give_attributes(root->entry, upper);
  if (setxattr(upper.c_str(), kImpliedMark, "y", 1, 0) != 0)
    throw system_error("cannot mark " + upper, upper);
}

}  // namespace

void mount_stack(const Stack& stack, const StackPlaces& places) {
  std::vector<std::string> lowers;
  if (!places.lowest.empty()) lowers.push_back(places.lowest);
  for (size_t layer : stack.counting()) lowers.push_back(stack.layer(layer).tree);
  const std::vector<ListingEntry> corrections = stack.corrections();
  if (!corrections.empty()) {
    lowers.push_back(places.scratch + "/corrections");
    make_correcting_layer(stack, with_parents(corrections), lowers.back());
  }
  make_root_of(stack, places.upper);
  mount_overlay({lowers, places.upper, places.overlay_work}, places.mount_point);
}

}  // namespace baker
