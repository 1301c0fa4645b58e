#include "engine/machines/tree_mount.h"

#include "engine/base/digest.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/detached_overlay.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/mount_table.h"
#include "engine/io/process.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"
#include "engine/machines/tree_identity.h"

#include <endian.h>
#include <fmt/core.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <set>
#include <thread>
#include <utility>

namespace baker {
namespace {

constexpr std::string_view kHeader = "baker-mounted-tree-1";
constexpr std::string_view kSource = "baker:";
constexpr std::chrono::seconds kLastOneLeaves(3);
constexpr std::chrono::milliseconds kBetweenLooks(20);

std::string tree_in(const std::string& store, const std::string& layer) {
  return store + "/layers/" + layer + "/tree";
}

// As the users and groups that an ACL names are seen from the host.
std::string moved_acl(std::string value, std::uint32_t first_id) {
  for (size_t at = sizeof(posix_acl_xattr_header);
       at + sizeof(posix_acl_xattr_entry) <= value.size(); at += sizeof(posix_acl_xattr_entry)) {
    posix_acl_xattr_entry entry;
    std::memcpy(&entry, value.data() + at, sizeof entry);
    const auto tag = le16toh(entry.e_tag);
    if (tag == ACL_USER || tag == ACL_GROUP) entry.e_id = htole32(le32toh(entry.e_id) + first_id);
    std::memcpy(value.data() + at, &entry, sizeof entry);
  }
  return value;
}

// overlayfs takes mode, owner and attributes of the machine's root folder from there.
void make_upper(const std::string& folder, std::uint32_t first_id) {
  const std::string own = folder + "/own";
  const std::string upper = folder + "/upper";
  struct stat root;
  if (lstat(own.c_str(), &root) != 0) throw system_error("cannot look at " + own, own);
  make_directories(upper);
  if (lchown(upper.c_str(), root.st_uid + first_id, root.st_gid + first_id) != 0 ||
      chmod(upper.c_str(), root.st_mode & 07777) != 0)
    throw system_error("cannot set the owner of " + upper, upper);
  for (const auto& [name, value] : content_xattrs(own)) {
    if (is_layer_mark(name)) continue;
    const std::string moved =
        name.starts_with("system.posix_acl_") ? moved_acl(value, first_id) : value;
    if (lsetxattr(upper.c_str(), name.c_str(), moved.data(), moved.size(), 0) != 0)
      throw system_error("cannot set the attribute " + name + " of " + upper, upper);
  }
  const timespec times[2] = {root.st_atim, root.st_mtim};
  utimensat(AT_FDCWD, upper.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

OverlayParts parts_of(const std::string& folder) {
  const TreeLayers tree = layers_of(folder);
  if (const std::string missing = missing_layer(tree); !missing.empty())
    throw Error("layer " + missing + " is gone from the store " + tree.store);
  OverlayParts parts{.source = fmt::format("{}{}/{}", kSource, tree_identity(folder),
                                           ground_of(tree.store, tree.layers)),
                     .lowers = {},
                     .upper = folder + "/upper",
                     .work = folder + "/work",
                     .first_id = tree.first_id};
  for (const std::string& layer : tree.layers) parts.lowers.push_back(tree_in(tree.store, layer));
  if (path_exists(folder + "/corrections")) parts.lowers.push_back(folder + "/corrections");
  parts.lowers.push_back(folder + "/own");
  return parts;
}

std::string boot_id() {
  return read_file("/proc/sys/kernel/random/boot_id");
}

struct MountOfProcess {
  pid_t process;
  Mount mount;
  std::string ground;
};

// Where any process has this tree mounted, once for each mount namespace.
std::vector<MountOfProcess> mounts_of(const std::string& identity) {
  std::vector<MountOfProcess> found;
  std::set<std::string> seen;
  for (const std::string& name : list_directory("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code none;
    const std::string mounts = std::filesystem::read_symlink("/proc/" + name + "/ns/mnt", none);
    if (mounts.empty() || !seen.insert(mounts).second) continue;
    for (const Mount& mount :
         parse_mounts(read_file_if_exists("/proc/" + name + "/mountinfo").value_or(""))) {
      const std::optional<MountedTree> tree = mounted_tree(mount.source);
      if (tree && tree->identity == identity && mount.root == "/")
        found.push_back({std::stoi(name), mount, tree->ground});
    }
  }
  return found;
}

// Nothing where nobody has it. Some can't be copied from: the process has just ended, or mounts in
// it are locked there, as those of a service in a machine.
TreeMount copy_from_anybody(const std::string& identity, const std::string& ground) {
  for (const auto& [process, mount, grounds] : mounts_of(identity)) {
    if (grounds != ground) continue;
    try {
      return {copy_of_mount_in(process, mount.point), mount.source};
    } catch (const Error&) {
    }
  }
  return {};
}

Error still_in_use(const std::string& folder) {
  std::string processes;
  for (const MountOfProcess& other : mounts_of(tree_identity(folder))) {
    const std::string name = process_name(other.process);
    processes += fmt::format("{}{} ({})", processes.empty() ? "" : ", ", other.process,
                             name.empty() ? "it has ended" : name);
  }
  if (!processes.empty())
    return Error("what is written to " + folder +
                 " is still in use: in a mount namespace of its own it is mounted as it was for "
                 "these processes, which have to end first: " +
                 processes);
  return Error("what is written to " + folder +
               " is still in use, though it is mounted nowhere: somebody stood in it when it was "
               "unmounted, and still does. End that process (a shell, as a rule)");
}

// Nothing where it is mounted nowhere. Whoever leaves a mount as the last one takes it away after
// that, so it may be in use for a moment more.
TreeMount mount_that_lives(const std::string& folder) {
  if (read_file_if_exists(folder + "/boot") != boot_id()) return {};
  const TreeLayers tree = layers_of(folder);
  const std::string ground = ground_of(tree.store, tree.layers);
  const auto deadline = std::chrono::steady_clock::now() + kLastOneLeaves;
  while (is_upper_in_use(folder + "/upper")) {
    TreeMount living = copy_from_anybody(tree_identity(folder), ground);
    if (living.mount.valid()) return living;
    if (std::chrono::steady_clock::now() > deadline) throw still_in_use(folder);
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return {};
}

}  // namespace

void make_mountable(const std::string& folder, const TreeLayers& tree) {
  remove_tree(folder + "/work/work/incompat");  // it was `volatile` for the stage
  make_upper(folder, tree.first_id);
  make_directories(folder + "/work", 0700);
  std::string text = fmt::format("{}\nstore {}\nfirst-id {}\n", kHeader, percent_encode(tree.store),
                                 tree.first_id);
  for (const std::string& layer : tree.layers) text += "layer " + layer + "\n";
  write_file_atomically(folder + "/layers", text, 0644, false);
}

TreeLayers layers_of(const std::string& folder) {
  const std::string path = folder + "/layers";
  TreeLayers tree;
  std::vector<std::string> lines = split(read_file(path), '\n');
  if (lines.empty() || lines[0] != kHeader) throw Error(path + " was not written by baker");
  for (const std::string& line : lines) {
    const size_t blank = line.find(' ');
    if (blank == std::string::npos) continue;
    const std::string word = line.substr(0, blank);
    const std::string value = line.substr(blank + 1);
    if (word == "store") tree.store = percent_decode(value).value_or("");
    if (word == "layer") tree.layers.push_back(value);
    if (word == "first-id")
      tree.first_id = static_cast<std::uint32_t>(decimal_number(value).value_or(0));
  }
  return tree;
}

std::string ground_of(const std::string& store, const std::vector<std::string>& layers) {
  constexpr size_t kEnough = 16;
  std::string identities;
  for (const std::string& layer : layers) {
    const std::string identity = tree_identity(store + "/layers/" + layer + "/listing");
    if (identity.empty()) return "";
    identities += identity + "\n";
  }
  return digest_of(identities).hex().substr(0, kEnough);
}

std::string missing_layer(const TreeLayers& tree) {
  for (const std::string& layer : tree.layers)
    if (!path_exists(tree_in(tree.store, layer))) return layer;
  return "";
}

std::vector<TreeMount> make_tree_mounts(const std::vector<std::string>& folders) {
  std::vector<TreeMount> mounts(folders.size());
  std::vector<OverlayParts> overlays;
  std::vector<size_t> made;
  for (size_t i = 0; i < folders.size(); ++i) {
    mounts[i] = mount_that_lives(folders[i]);
    if (mounts[i].mount.valid()) continue;
    overlays.push_back(parts_of(folders[i]));
    mounts[i].source = overlays.back().source;
    made.push_back(i);
    write_file_atomically(folders[i] + "/boot", boot_id(), 0644, false);
  }
  std::vector<UniqueFd> new_mounts = make_detached_overlays(overlays);
  for (size_t i = 0; i < made.size(); ++i) mounts[made[i]].mount = std::move(new_mounts[i]);
  return mounts;
}

TreeMount mount_of_running_machine(const std::string& folder) {
  const TreeLayers tree = layers_of(folder);
  return copy_from_anybody(tree_identity(folder), ground_of(tree.store, tree.layers));
}

std::optional<MountedTree> mounted_tree(const std::string& source) {
  const size_t slash = source.rfind('/');
  if (!source.starts_with(kSource) || slash == std::string::npos) return std::nullopt;
  return MountedTree{source.substr(kSource.size(), slash - kSource.size()),
                     source.substr(slash + 1)};
}

bool unmount_tree(const std::string& path) {
  if (umount2(path.c_str(), UMOUNT_NOFOLLOW) == 0) return false;
  if (errno != EBUSY) throw system_error("cannot unmount " + path, path);
  if (umount2(path.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) != 0)
    throw system_error("cannot unmount " + path, path);
  return true;
}

}  // namespace baker
