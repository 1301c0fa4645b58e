#include "engine/io/id_map.h"

#include "engine/io/unique_fd.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace baker {
namespace {

bool write_line(const std::string& file, const std::string& line) {
  UniqueFd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd.valid() &&
         write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

// A user namespace belongs to a process: this one waits in it until a pipe is closed.
[[noreturn]] void live_in_a_namespace(int say_ready, int wait_for_end) {
  char byte = unshare(CLONE_NEWUSER) == 0 ? 'y' : 'n';
  if (write(say_ready, &byte, 1) == 1) {
    while (read(wait_for_end, &byte, 1) > 0) {
    }
  }
  _exit(0);
}

UniqueFd a_user_namespace() {
  int ready[2], end[2];
  if (pipe2(ready, O_CLOEXEC) != 0) return {};
  UniqueFd ready_read(ready[0]), ready_write(ready[1]);
  if (pipe2(end, O_CLOEXEC) != 0) return {};
  UniqueFd end_read(end[0]), end_write(end[1]);
  const pid_t child = fork();
  if (child < 0) return {};
  if (child == 0) {
    end_write.reset();
    live_in_a_namespace(ready_write.get(), end_read.get());
  }
  ready_write.reset();
  end_read.reset();
  UniqueFd users;
  char byte = 'n';
  const std::string process = fmt::format("/proc/{}", child);
  if (read(ready_read.get(), &byte, 1) == 1 && byte == 'y' &&
      write_line(process + "/uid_map", "0 65536 65536") &&
      write_line(process + "/gid_map", "0 65536 65536"))
    users = UniqueFd(open((process + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  end_write.reset();
  waitpid(child, nullptr, 0);
  return users;
}

}  // namespace

bool can_map_ids(const std::string& path) {
  static const UniqueFd users = a_user_namespace();  // made once: it takes longer than all the rest
  const UniqueFd tree(open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!users.valid() || !tree.valid()) return false;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<__u64>(users.get());
  return mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0;
}

}  // namespace baker
