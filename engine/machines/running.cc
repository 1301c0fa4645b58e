#include "engine/machines/running.h"

#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"
#include "engine/machines/machine_cgroup.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace baker {
namespace {

// Where systemd and baker put machines, below each hierarchy's root. A scope, which is what a
// systemd-nspawn that was started by hand gets, has its name's dashes escaped.
bool cgroup_is_populated(const std::string& machine) {
  std::string escaped;
  for (char c : machine) escaped += c == '-' ? std::string("\\x2d") : std::string(1, c);
  for (const std::string root :
       {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"}) {
    for (const std::string& below :
         {"/machine.slice/systemd-nspawn@" + machine + ".service",
          "/machine.slice/machine-" + escaped + ".scope", "/baker/" + machine}) {
      if (is_populated(root + below)) return true;
    }
  }
  return false;
}

bool some_process_has_root(const std::string& tree) {
  struct stat root;
  if (stat(tree.c_str(), &root) != 0) return false;
  for (const std::string& name : list_directory("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    struct stat seen;
    if (stat(("/proc/" + name + "/root").c_str(), &seen) == 0 && seen.st_dev == root.st_dev &&
        seen.st_ino == root.st_ino)
      return true;
  }
  return false;
}

// A range of users that nobody holds any more: systemd-nspawn keeps a lock on the file of its own.
void remove_unused_user_ranges() {
  const std::string folder = "/run/systemd/nspawn-uid";
  for (const std::string& name : list_directory(folder)) {
    const std::string path = folder + "/" + name;
    UniqueFd fd(open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (fd.valid() && fcntl(fd.get(), F_OFD_SETLK, &whole) == 0) unlink(path.c_str());
  }
}

}  // namespace

std::optional<NspawnLock> NspawnLock::try_lock(const std::string& machines_folder,
                                               const std::string& machine) {
  const std::string path = machines_folder + "/.#" + machine + ".lck";
  UniqueFd fd = open_or_throw(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(fd.get(), F_OFD_SETLK, &whole) == 0) return NspawnLock(std::move(fd));
  if (errno == EAGAIN || errno == EACCES) return std::nullopt;
  throw system_error("cannot lock " + path, path);
}

bool runs_without_lock(const std::string& machines_folder, const std::string& machine) {
  return path_exists("/run/systemd/machines/" + machine) || cgroup_is_populated(machine) ||
         some_process_has_root(machines_folder + "/" + machine);
}

bool is_running(const std::string& machines_folder, const std::string& machine) {
  const std::string lock = machines_folder + "/.#" + machine + ".lck";
  if (!path_exists(machines_folder + "/" + machine) && errno != EACCES) return false;
  // Only root can try the lock.
  const bool locked =
      access(lock.c_str(), W_OK) == 0 && !NspawnLock::try_lock(machines_folder, machine);
  return locked || runs_without_lock(machines_folder, machine);
}

void remove_left_by_nspawn(const std::string& machines_folder, const std::string& machine) {
  remove_tree("/run/systemd/nspawn/propagate/" + machine);
  struct stat tree;
  if (stat((machines_folder + "/" + machine).c_str(), &tree) != 0) return;
  const std::string lock =
      fmt::format("/run/systemd/nspawn/locks/inode-{}:{}", tree.st_dev, tree.st_ino);
  unlink(lock.c_str());
  remove_unused_user_ranges();
}

void remove_left_by_direct_machine(const std::string& machines_folder, const std::string& machine) {
  const MachineCgroup cgroup(machine);
  if (cgroup.populated()) return;
  cgroup.remove();
  remove_left_by_nspawn(machines_folder, machine);
}

}  // namespace baker
