// A machine that baker itself has started, as the kernel sees it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace baker::testing {

inline std::filesystem::path cgroup_of(const std::string& machine) {
  const std::string hybrid = "/sys/fs/cgroup/unified";
  return (std::filesystem::exists(hybrid) ? hybrid : "/sys/fs/cgroup") + "/baker/" + machine;
}

// The process in which it began, another one after a restart; empty: there is none.
inline std::string init_in(const std::string& machine) {
  std::string pid;
  std::ifstream(cgroup_of(machine) / "payload/init.scope/cgroup.procs") >> pid;
  return pid;
}

// All its processes get SIGKILL, which takes a moment.
inline void kill_all_of(const std::string& machine) {
  std::ofstream(cgroup_of(machine) / "cgroup.kill") << "1";
}

}  // namespace baker::testing
