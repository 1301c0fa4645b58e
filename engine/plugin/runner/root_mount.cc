#include "engine/plugin/runner/root_mount.h"

#include "cache/root_stack.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/mounts.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <optional>

namespace baker {
namespace {

std::string layer_folder(const RequestLayer& layer) {
  return "/proc/self/fd/" + std::to_string(layer.fd);
}

std::vector<Listing> read_listings(const std::vector<RequestLayer>& layers) {
  std::vector<Listing> listings;
  for (const RequestLayer& layer : layers) {
    try {
      listings.push_back(Listing::parse(read_file(layer_folder(layer) + "/listing")));
    } catch (Error& error) {
      throw error.during("reading the layer of stage \"" + layer.stage + "\"");
    }
  }
  return listings;
}

void give_attributes(const ListingEntry& entry, const std::string& path) {
  if (chown(path.c_str(), entry.uid, entry.gid) != 0 || chmod(path.c_str(), entry.mode) != 0) {
    throw system_error("cannot set the owner of " + path, path);
  }
  for (const auto& [name, value] : entry.xattrs) {
    if (setxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) != 0) {
      throw system_error("cannot set the attribute " + name + " of " + path, path);
    }
  }
}

// A layer on top in which implied directories have the attributes that the layers below give them.
std::string make_fixup_layer(const std::vector<ListingEntry>& directories,
                             const std::vector<StackLayer>& stack, const std::string& folder) {
  make_directories(folder);
  for (const ListingEntry& directory : directories) {
    std::string path;
    for (const std::string& part : split(directory.path, '/')) {
      path += (path.empty() ? "" : "/") + part;
      const std::string at = folder + "/" + path;
      if (mkdir(at.c_str(), 0755) != 0) continue;
      if (std::optional<ListingEntry> said = said_directory(stack, path))
        give_attributes(*said, at);
    }
  }
  return folder;
}

// The switch that keeps Debian's maintainer scripts from starting services. It lies
// below all layers, so that it is never part of one.
std::string make_policy_layer(const std::string& folder) {
  make_directories(folder + "/usr/sbin");
  write_file_atomically(folder + "/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0755, false);
  return folder;
}

// overlayfs takes the attributes of the top directory from the upper folder.
void adopt_top_directory(const std::vector<StackLayer>& stack, const std::string& upper) {
  if (std::optional<ListingEntry> said = said_directory(stack, "."))
    return give_attributes(*said, upper);
  setxattr(upper.c_str(), kImpliedMark, "y", 1, 0);
}

}  // namespace

void mount_root(const std::vector<RequestLayer>& layers, const RootPlaces& places) {
  if (layers.empty()) {
    setxattr(places.upper.c_str(), kImpliedMark, "y", 1, 0);
    bind_mount(places.upper, places.mount_point);
    return;
  }
  const std::vector<Listing> listings = read_listings(layers);
  std::vector<StackLayer> stack;
  for (size_t i = 0; i < layers.size(); ++i)
    stack.push_back({layers[i].stage, layers[i].below, &listings[i]});
  check_stack(stack);

  std::vector<std::string> lowers = {make_policy_layer(places.scratch + "/policy")};
  for (const RequestLayer& layer : layers) lowers.push_back(layer_folder(layer) + "/tree");
  std::vector<ListingEntry> implied = implied_directories(stack);
  std::erase_if(implied, [](const ListingEntry& entry) { return entry.path == "."; });
  if (!implied.empty())
    lowers.push_back(make_fixup_layer(implied, stack, places.scratch + "/implied"));

  adopt_top_directory(stack, places.upper);
  mount_overlay({lowers, places.upper, places.overlay_work, places.scratch + "/lowers"},
                places.mount_point);
}

}  // namespace baker
