// Child processes: started from one lasting thread (the death of the thread that started a child
// would kill it), with just the descriptors they are given, and dead when baker is.
#pragma once

#include "engine/io/unique_fd.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace baker {

struct SpawnOptions {
  std::vector<std::string> argv;                        // argv[0] is looked up in PATH
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; absent: inherited
  std::string directory;                                // empty: as it is
  // {ours, the child's}; all others are closed. Ours need only be open until it has started.
  std::vector<std::pair<int, int>> descriptors;
  int namespaces = 0;                  // CLONE_NEW… flags of namespaces of its own
  std::vector<std::string> cgroups{};  // folders of cgroups that the child enters first
  bool outlives_us = false;            // neither the end of baker nor that of the object ends it
  // Of a process whose namespaces the child joins, as their root. Its PID namespace must lie below
  // ours: a process in a PID namespace of its own can't join that of a machine beside it.
  int joined_pidfd = -1;
};

// How a process ended: an exit status or a signal.
struct ProcessEnd {
  int exit_status = 0;
  int signal = 0;  // 0: none
  bool ok() const { return exit_status == 0 && signal == 0; }
  int as_shell_status() const { return signal != 0 ? 128 + signal : exit_status; }
};

// A running child. Destroying it kills the child and waits for its end, unless it outlives us: then
// the child is not reaped.
class Process {
 public:
  // Returns when the program runs. Throws Error where it can't be started.
  explicit Process(const SpawnOptions& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // stays ours; readable once the process has ended
  void kill(int signal) const;
  ProcessEnd wait();   // blocks; to be called once
  bool ended() const;  // and waits to be reaped

 private:
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  bool outlives_us_ = false;
};

// Whether it runs and has not begun to end: what ends loses its root long before it is gone.
bool is_alive(pid_t process);

// The name of the program that it runs, as the kernel has it: 15 bytes; empty once it has ended.
std::string process_name(pid_t process);

// Where a program lies in PATH, or nothing. A name with a slash is returned as it is, unchecked.
std::optional<std::string> find_program(const std::string& name);

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};
Pipe make_pipe();  // both ends close on exec

// A file in memory that holds `content`, positioned at its start: standard input for a child.
UniqueFd memory_file(const std::string& content);

}  // namespace baker
