// The cgroup of a machine that was started directly: /baker/NAME, in the hierarchy that systemd
// uses and in the unified one, which are the same on most hosts.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace baker {

// Whether a process runs in the cgroup of this folder or below; false where there is none.
bool is_populated(const std::string& cgroup);

class MachineCgroup {
 public:
  explicit MachineCgroup(const std::string& machine);

  // Makes the folders and returns them, for a process to enter. Throws Error.
  std::vector<std::string> make() const;
  bool populated() const;
  // The first process of the init that runs in it; nothing once it has begun to end.
  std::optional<pid_t> init() const;
  // All that run in it and below.
  std::vector<pid_t> processes() const;
  // Kills every process in it. It is empty shortly afterwards.
  void kill() const;
  // Once it is empty. No error where it is absent.
  void remove() const;

 private:
  std::string main() const;  // in the hierarchy that tells whether it is populated

  std::vector<std::string> folders_;  // in each hierarchy there is, the unified one first
};

}  // namespace baker
