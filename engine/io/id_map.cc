#include "engine/io/id_map.h"

#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>

namespace baker {
namespace {

// A user namespace begins with a process. This one shares baker's memory, so that starting it
// copies nothing, and touches none of it. It ends with baker at the latest.
int live_in_a_namespace(void*) {
  syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  for (;;) syscall(SYS_pause);
}

class NamespaceProcess {
 public:
  NamespaceProcess()
      : pid_(clone(live_in_a_namespace, stack_.data() + stack_.size(),
                   CLONE_NEWUSER | CLONE_VM | SIGCHLD, nullptr)) {
    if (pid_ < 0) throw system_error("cannot make a user namespace");
  }
  ~NamespaceProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  NamespaceProcess(const NamespaceProcess&) = delete;
  NamespaceProcess& operator=(const NamespaceProcess&) = delete;

  std::string folder() const { return fmt::format("/proc/{}", pid_); }

 private:
  alignas(16) std::array<std::byte, 16384> stack_;
  pid_t pid_;
};

void write_line(const std::string& file, const std::string& line) {
  const UniqueFd fd = open_or_throw(file, O_WRONLY);
  write_all(fd.get(), line, file);
}

}  // namespace

UniqueFd user_namespace(std::uint32_t first_id) {
  const NamespaceProcess process;
  const std::string map = fmt::format("0 {} {}", first_id, kIdsOfAMachine);
  for (const char* kind : {"/uid_map", "/gid_map"}) write_line(process.folder() + kind, map);
  return open_or_throw(process.folder() + "/ns/user", O_RDONLY);
}

void map_ids(int mount, int user_namespace, const std::string& path) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<__u64>(user_namespace);
  if (mount_setattr(mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0)
    throw system_error("the owners of files can't be mapped on the file system of " + path);
}

bool can_map_ids(const std::string& path) {
  try {
    static const UniqueFd users = user_namespace(kIdsOfAMachine);
    const UniqueFd tree(open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree.valid()) return false;
    map_ids(tree.get(), users.get(), path);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace baker
