// What baker and the supervisor of a machine know of each other: files in one folder.
//
// A supervisor is a process that stays beside a machine which baker itself has started. It holds
// the lock for as long as it lives, and its number stands in that file; SIGTERM tells it not to
// start the machine again.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace baker {

struct SupervisionPaths {
  std::string lock;
  std::string console;  // what the machine prints since baker has started it
  std::string log;      // when it was started and when and how it ended: a line for each
};
SupervisionPaths supervision_paths(const std::string& folder, const std::string& machine);

// Nothing where the machine has none.
std::optional<pid_t> supervisor_of(const SupervisionPaths& paths);

// "2026-11-30 02:37:20 UTC: killed by signal 9"; empty where that is not known.
std::string how_it_ended(const SupervisionPaths& paths);

// Appends a line with the time. Throws Error.
void write_started(const SupervisionPaths& paths);
void write_ended(const SupervisionPaths& paths, const std::string& how);

}  // namespace baker
