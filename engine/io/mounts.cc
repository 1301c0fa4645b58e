#include "engine/io/mounts.h"

#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

namespace baker {
namespace {

// A tmpfs that is mounted nowhere and is gone with the last descriptor.
UniqueFd folder_in_memory() {
  const UniqueFd tmpfs(fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!tmpfs.valid() || fsconfig(tmpfs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    throw system_error("cannot make a tmpfs");
  UniqueFd folder(fsmount(tmpfs.get(), FSMOUNT_CLOEXEC, 0));
  if (!folder.valid()) throw system_error("cannot make a folder in memory");
  return folder;
}

void make_link(const UniqueFd& folder, const std::string& name, const std::string& to) {
  const std::string target = std::filesystem::absolute(to).string();
  if (symlinkat(target.c_str(), folder.get(), name.c_str()) != 0)
    throw system_error("cannot make a short name of " + to);
}

}  // namespace

void make_mounts_private() {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    throw system_error("cannot make the mounts private");
  }
}

void bind_mount(const std::string& from, const std::string& to, bool read_only) {
  if (mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    throw system_error("cannot bind " + from + " to " + to);
  }
  if (!read_only) return;
  mount_attr read_only_all{};
  read_only_all.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(AT_FDCWD, to.c_str(), AT_RECURSIVE, &read_only_all, sizeof read_only_all) != 0)
    throw system_error("cannot make " + to + " read-only");
}

void share_mount(const std::string& path) {
  if (mount(nullptr, path.c_str(), nullptr, MS_SHARED, nullptr) != 0)
    throw system_error("cannot share what is mounted in " + path);
}

void share_folder(const std::string& path) {
  if (mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    throw system_error("cannot mount " + path + " on itself");
  share_mount(path);
}

void mount_tmpfs(const std::string& at, const std::string& options) {
  if (mount("tmpfs", at.c_str(), "tmpfs", MS_NOSUID, options.c_str()) != 0) {
    throw system_error("cannot mount a tmpfs at " + at);
  }
}

void mount_overlay(const OverlayMount& overlay, const std::string& at) {
  if (overlay.lowers.size() == 1 && overlay.upper.empty())
    return bind_mount(overlay.lowers[0], at, true);
  // Short names keep 500 layers within mount(2)'s limit of a page.
  const UniqueFd links = folder_in_memory();
  std::string options = "lowerdir=";
  for (size_t i = overlay.lowers.size(); i-- > 0;) {
    const std::string name = std::to_string(i);
    make_link(links, name, overlay.lowers[i]);
    options += name + (i > 0 ? ":" : "");
  }
  // redirect_dir=off would follow the redirects of a forged layer; nofollow does not.
  options += ",redirect_dir=nofollow,metacopy=off,index=off,xino=off";
  if (!overlay.upper.empty()) {
    make_link(links, "upper", overlay.upper);
    make_link(links, "work", overlay.work);
    options += ",volatile,upperdir=upper,workdir=work";
  }

  UniqueFd here = open_or_throw(".", O_PATH | O_DIRECTORY);
  const std::string mount_point = std::filesystem::absolute(at).string();
  if (fchdir(links.get()) != 0) throw system_error("cannot enter a folder in memory");
  const int failed = mount("overlay", mount_point.c_str(), "overlay", 0, options.c_str());
  Error error = system_error(
      fmt::format("cannot mount an overlay of {} layers (is the cache on a file system that "
                  "overlayfs can use: ext4, xfs, btrfs?)",
                  overlay.lowers.size()));
  if (fchdir(here.get()) != 0) throw system_error("cannot go back to the working directory");
  if (failed != 0) throw error;
}

void change_root(const std::string& new_root) {
  if (chdir(new_root.c_str()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
      umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
    throw system_error("cannot change the root to " + new_root);
  }
}

}  // namespace baker
