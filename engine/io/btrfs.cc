#include "engine/io/btrfs.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>

namespace baker {
namespace {

std::optional<std::string> file_system_id(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs status;
  if (!fd.valid() || fstatfs(fd.get(), &status) != 0 || status.f_type != BTRFS_SUPER_MAGIC)
    return std::nullopt;
  btrfs_ioctl_fs_info_args info{};
  if (ioctl(fd.get(), BTRFS_IOC_FS_INFO, &info) != 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(info.fsid), sizeof info.fsid);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

bool same_btrfs(const std::string& a, const std::string& b) {
  std::optional<std::string> id = file_system_id(a);
  return id && id == file_system_id(b);
}

void make_subvolume(const std::string& path) {
  UniqueFd parent = open_or_throw(parent_path(path), O_RDONLY | O_DIRECTORY);
  btrfs_ioctl_vol_args arguments{};
  const std::string name = name_of(path);
  std::memcpy(arguments.name, name.data(), std::min(name.size(), sizeof arguments.name - 1));
  if (ioctl(parent.get(), BTRFS_IOC_SUBVOL_CREATE, &arguments) != 0) {
    throw system_error("cannot make the subvolume " + path, path);
  }
}

std::string subvolume_id(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  btrfs_ioctl_get_subvol_info_args info{};
  if (!fd.valid() || fstat(fd.get(), &status) != 0 || status.st_ino != BTRFS_FIRST_FREE_OBJECTID ||
      ioctl(fd.get(), BTRFS_IOC_GET_SUBVOL_INFO, &info) < 0)  // 1, too, is no error
    return "";
  std::string id;
  for (const unsigned char byte : info.uuid) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    id += digits;
  }
  return id;
}

bool remove_subvolume(int parent, const std::string& name) {
  struct stat status;
  if (fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
      status.st_ino != BTRFS_FIRST_FREE_OBJECTID)
    return false;
  UniqueFd folder(openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // not O_PATH
  struct statfs system;
  if (!folder.valid() || fstatfs(folder.get(), &system) != 0 || system.f_type != BTRFS_SUPER_MAGIC)
    return false;
  btrfs_ioctl_vol_args arguments{};
  std::memcpy(arguments.name, name.data(), std::min(name.size(), sizeof arguments.name - 1));
  return ioctl(folder.get(), BTRFS_IOC_SNAP_DESTROY, &arguments) == 0;
}

void snapshot_subvolume(const std::string& from, const std::string& to) {
  UniqueFd source = open_or_throw(from, O_RDONLY | O_DIRECTORY);
  UniqueFd parent = open_or_throw(parent_path(to), O_RDONLY | O_DIRECTORY);
  btrfs_ioctl_vol_args_v2 arguments{};
  arguments.fd = source.get();
  const std::string name = name_of(to);
  std::memcpy(arguments.name, name.data(), std::min(name.size(), sizeof arguments.name - 1));
  if (ioctl(parent.get(), BTRFS_IOC_SNAP_CREATE_V2, &arguments) != 0) {
    throw system_error("cannot snapshot " + from + " to " + to, to);
  }
}

std::string apart_folder(const std::string& to) {
  return to + ".apart";
}

// Each snapshot waits for a commit, during which nothing else can be made in the same folder. Those
// that are made in folders of their own at the same time share one.
void snapshot_subvolumes(const std::vector<SubvolumeSnapshot>& snapshots) {
  std::vector<std::optional<Error>> failures(snapshots.size());
  auto attempt = [&](size_t i, auto what) {
    if (failures[i]) return;
    try {
      what(snapshots[i], apart_folder(snapshots[i].to));
    } catch (const Error& error) {
      failures[i] = error;
    }
  };
  auto make = [](const SubvolumeSnapshot&, const std::string& folder) {
    remove_tree(folder);  // of somebody who was killed
    make_directories(folder, 0700);
  };
  auto take = [](const SubvolumeSnapshot& snapshot, const std::string& folder) {
    snapshot_subvolume(snapshot.from, folder + "/tree");
  };
  auto move = [](const SubvolumeSnapshot& snapshot, const std::string& folder) {
    if (rename((folder + "/tree").c_str(), snapshot.to.c_str()) != 0)
      throw system_error("cannot move a snapshot to " + snapshot.to, snapshot.to);
    remove_tree(folder);
  };
  for (size_t i = 0; i < snapshots.size(); ++i) attempt(i, make);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < snapshots.size(); ++i)
      threads.emplace_back([&attempt, &take, i] { attempt(i, take); });
  }
  for (size_t i = 0; i < snapshots.size(); ++i) attempt(i, move);
  for (const std::optional<Error>& failure : failures)
    if (failure) throw *failure;
}

}  // namespace baker
