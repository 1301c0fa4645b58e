#include "engine/plugin/runner/root_mount.h"

#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/mounts.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fmt/core.h>
#include <sys/xattr.h>

namespace baker {
namespace {

// The switch that keeps Debian's maintainer scripts from starting services. It lies
// below all layers, so that it is never part of one.
std::string make_policy_layer(const std::string& folder) {
  make_directories(folder + "/usr/sbin");
  write_file_atomically(folder + "/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0755, false);
  return folder;
}

}  // namespace

StackLayer read_layer(const RequestLayer& layer) {
  const std::string folder = fmt::format("/proc/self/fd/{}", layer.fd);
  try {
    Listing listing = Listing::map_file(folder + "/listing");
    if (digest_of(listing.text()).hex() != layer.digest)
      throw Error(
          "its listing is not the one that was baked: run `baker verify`, and it is baked again");
    listing.forget_pages();
    return {layer.stage, layer.below, layer.digest, folder + "/tree", std::move(listing)};
  } catch (Error& error) {
    throw error.during("reading the layer of stage \"" + layer.stage + "\"");
  }
}

Stack read_stack(const std::vector<RequestLayer>& layers) {
  std::vector<StackLayer> stack;
  for (const RequestLayer& layer : layers) stack.push_back(read_layer(layer));
  return Stack(std::move(stack));
}

std::optional<Stack> mount_root(const std::vector<RequestLayer>& layers, StackPlaces places) {
  if (layers.empty()) {
    if (setxattr(places.upper.c_str(), kImpliedMark, "y", 1, 0) != 0)
      throw system_error("cannot mark " + places.upper, places.upper);
    bind_mount(places.upper, places.mount_point);
    return std::nullopt;
  }
  Stack stack = read_stack(layers);
  stack.check();
  places.lowest = make_policy_layer(places.scratch + "/policy");
  mount_stack(stack, places);
  return stack;
}

}  // namespace baker
