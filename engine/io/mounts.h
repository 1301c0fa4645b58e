// Mounts, in the mount namespace of the caller. They go with the namespace.
#pragma once

#include <string>
#include <vector>

namespace baker {

// Nothing that is mounted from here on is seen outside, whatever the host's propagation.
void make_mounts_private();

void bind_mount(const std::string& from, const std::string& to, bool read_only = false);
void mount_tmpfs(const std::string& at, const std::string& options = "mode=0755");

struct OverlayMount {
  std::vector<std::string> lowers;  // bottom first
  std::string upper{};              // empty: read-only
  std::string work{};               // empty folder on the file system of `upper`
  std::string links_folder;  // made here; short links keep 500 layers within mount(2)'s limit
};
// Throws Error; where overlayfs itself refuses, it says what to look at.
void mount_overlay(const OverlayMount& overlay, const std::string& at);

// Makes `new_root` the root of this mount namespace; the old one is out of reach afterwards.
void change_root(const std::string& new_root);

}  // namespace baker
