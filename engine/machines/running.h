// Whether a machine runs, seen from the host without asking any service.
#pragma once

#include "engine/io/unique_fd.h"

#include <optional>
#include <string>

namespace baker {

// The lock that systemd-nspawn holds on a tree while it runs (an open-file-description lock on
// .#NAME.lck beside the tree). Holding it keeps nspawn from starting.
class NspawnLock {
 public:
  // Nothing where somebody holds it.
  static std::optional<NspawnLock> try_lock(const std::string& machines_folder,
                                            const std::string& machine);

 private:
  explicit NspawnLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// Runs although nspawn's lock is free: machined lists it, its cgroup is populated, or a process has
// the tree as its root (a killed systemd-nspawn leaves its machine running and its lock free).
bool runs_without_lock(const std::string& machines_folder, const std::string& machine);

// Either.
bool is_running(const std::string& machines_folder, const std::string& machine);

// What a systemd-nspawn that was killed leaves in /run, of a machine that does not run.
void remove_left_by_nspawn(const std::string& machines_folder, const std::string& machine);

// The same, and the machine's cgroup, of one that baker has started. Nothing while it is populated.
void remove_left_by_direct_machine(const std::string& machines_folder, const std::string& machine);

}  // namespace baker
