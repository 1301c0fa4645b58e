// A machine's tree that is mounted instead of copied: overlayfs over layers of the store, with a
// folder for what the machine writes. Its folder is the mount point, too, and hidden below it:
//
//   layers        text: what it stands on
//   corrections/  attributes of folders that overlayfs alone would show otherwise; not always there
//   own/          the topmost layer: what its stage has made of the others
//   upper/        what the machine has written, with owners as the host sees them
//   work/         overlayfs's own
//   boot          text: the boot of the host in which it was mounted last
#pragma once

#include "engine/io/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baker {

inline constexpr const char* kMounted = "mount";  // as the method of a tree

struct TreeLayers {
  std::string store;                // folder of the store
  std::vector<std::string> layers;  // digests, bottom first
  std::uint32_t first_id = 0;       // on the host, of its users; 0: it has the host's
};

// Makes the folder of a tree ready to be mounted, where its stage has made `own`. Syncs nothing.
// Throws Error.
void make_mountable(const std::string& folder, const TreeLayers& layers);
// Of a folder that was made ready. Throws Error.
TreeLayers layers_of(const std::string& folder);

// Tells the layers as they lie in the store now from any that are baked again; empty where one is
// missing.
std::string ground_of(const std::string& store, const std::vector<std::string>& layers);
// The first that the store does not have; empty where it has all.
std::string missing_layer(const TreeLayers& layers);

// One that lies nowhere yet.
struct TreeMount {
  UniqueFd mount;
  std::string source;  // by which the kernel knows it
};

// Mounts of these folders that lie nowhere yet. What is mounted already, where others can't see it,
// is not mounted a second time, as two mounts may not write to one folder: it is that mount. Throws
// Error, also where that can't be found.
std::vector<TreeMount> make_tree_mounts(const std::vector<std::string>& folders);

// Of a folder whose machine runs: the mount that it runs on; nothing where only the machine has it,
// as its mounts are locked in there. Throws Error.
TreeMount mount_of_running_machine(const std::string& folder);

// Of what make_tree_mounts made, by the source that the kernel keeps with a mount.
struct MountedTree {
  std::string identity;  // of the folder, tree_identity.h
  std::string ground;
};
std::optional<MountedTree> mounted_tree(const std::string& source);

// Takes away what is mounted at the path. Returns whether it was busy: then it is gone from there,
// and lives for as long as somebody stands in it. Throws Error.
bool unmount_tree(const std::string& path);

}  // namespace baker
