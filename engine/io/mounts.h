// Mounts, in the mount namespace of the caller. They go with the namespace. All functions throw
// Error.
#pragma once

#include <string>
#include <vector>

namespace baker {

// Nothing that is mounted from here on is seen outside, whatever the host's propagation. What is
// shared there, as machines are, and is unmounted there is so here: nothing is held that others
// have let go.
void make_mounts_private();

// Takes along what is mounted below `from`. `read_only` holds for `from` only, not for these.
void bind_mount(const std::string& from, const std::string& to, bool read_only = false);
// Mount namespaces that are made from this one from now on share what is mounted and unmounted in
// the folder: a mount point, or else it is mounted on itself first.
void share_mount(const std::string& path);
void share_folder(const std::string& path);
void mount_tmpfs(const std::string& at, const std::string& options = "mode=0755");

struct OverlayMount {
  std::vector<std::string> lowers;  // bottom first
  std::string upper{};              // empty: read-only
  std::string work{};               // empty folder on the file system of `upper`
};
// Changes the working directory of the whole process meanwhile. On the mount fsync does not put
// anything on the disk (overlayfs's `volatile`).
void mount_overlay(const OverlayMount& overlay, const std::string& at);

// Makes `new_root`, a mount point, the root of this mount namespace and the working directory. The
// old root is out of reach afterwards, except through descriptors that are open.
void change_root(const std::string& new_root);

}  // namespace baker
