#include "engine/machines/supervisor/supervisor.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/interrupt.h"
#include "engine/io/lock.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"
#include "engine/machines/console.h"
#include "engine/machines/machine_cgroup.h"
#include "engine/machines/running.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>

namespace baker {
namespace {

using Clock = std::chrono::steady_clock;

// systemd-nspawn(1): "the container requested a reboot"; systemd-nspawn@.service has it so.
constexpr int kRebootWanted = 133;
// systemd's own limits to how often a unit is started.
constexpr std::size_t kStarts = 5;
constexpr std::chrono::seconds kWithin(10);
constexpr std::chrono::seconds kInterfaceGoes(20);
constexpr std::chrono::milliseconds kBetweenTries(5);
constexpr std::chrono::milliseconds kBetweenLooks(1000);
constexpr off_t kLongComplaint = 64 << 10;  // bytes
constexpr std::size_t kLongLog = 64 << 10;  // bytes

bool is_readable(int fd) {
  pollfd look{fd, POLLIN, 0};
  return poll(&look, 1, 0) > 0;
}

std::string words_for(const ProcessEnd& end) {
  if (end.signal != 0)
    return fmt::format("killed by signal {} ({})", end.signal, strsignal(end.signal));
  if (end.exit_status == kRebootWanted) return "rebooted";
  if (end.exit_status == 0) return "powered off";
  return fmt::format("ended with exit status {}", end.exit_status);
}

class Supervisor {
 public:
  explicit Supervisor(const Supervised& what) : what_(what), told_to_end_(interrupt_descriptor()) {}

  void run() {
    std::deque<Clock::time_point> starts;
    for (;;) {
      starts.push_back(Clock::now());
      write_started(what_.files);
      const ProcessEnd end = run_once();
      write_ended(what_.files, words_for(end));
      if (end.signal != 0 || end.exit_status != kRebootWanted || is_readable(told_to_end_.get()))
        return;
      if (starts.size() > kStarts) starts.pop_front();
      if (starts.size() == kStarts && Clock::now() - starts.front() < kWithin)
        return write_ended(what_.files,
                           fmt::format("rebooted {} times within {} s, and not started again",
                                       kStarts, kWithin.count()));
    }
  }

 private:
  // The kernel takes the network of a machine that has ended away when it gets to it.
  ProcessEnd run_once() {
    const auto deadline = Clock::now() + kInterfaceGoes;
    for (;;) {
      const off_t said_before = lseek(STDOUT_FILENO, 0, SEEK_END);
      const ProcessEnd end = run_nspawn();
      if (end.ok() || !is_interface_still_there(said_before) || Clock::now() > deadline ||
          is_readable(told_to_end_.get()))
        return end;
      poll(nullptr, 0, static_cast<int>(kBetweenTries.count()));
    }
  }

  // The machine runs on where this process is killed.
  ProcessEnd run_nspawn() {
    clean_up();
    const UniqueFd nothing = open_or_throw("/dev/null", O_RDONLY);
    Process nspawn({.argv = what_.nspawn,
                    .environment = {},
                    .directory = "/",
                    .descriptors = {{nothing.get(), 0}, {STDOUT_FILENO, 1}, {STDERR_FILENO, 2}},
                    .cgroups = MachineCgroup(what_.machine).make(),
                    .outlives_us = true});
    keep_console_short_while_runs(nspawn);
    const ProcessEnd end = nspawn.wait();
    clean_up();
    return end;
  }

  void keep_console_short_while_runs(const Process& nspawn) const {
    pollfd end = {nspawn.pidfd(), POLLIN, 0};
    while (poll(&end, 1, static_cast<int>(kBetweenLooks.count())) == 0) trim_console(STDOUT_FILENO);
  }

  void clean_up() const { remove_left_by_direct_machine(what_.machines_folder, what_.machine); }

  bool is_interface_still_there(off_t since) const {
    const UniqueFd console(open(what_.files.console.c_str(), O_RDONLY | O_CLOEXEC));
    if (!console.valid() || lseek(console.get(), 0, SEEK_END) - since > kLongComplaint)
      return false;
    lseek(console.get(), since, SEEK_SET);
    const std::string last = read_all(console.get());
    return last.find("Failed to add new veth interfaces") != std::string::npos &&
           last.find("File exists") != std::string::npos;
  }

  const Supervised& what_;
  UniqueFd told_to_end_;  // readable once somebody wants the machine to end
};

}  // namespace

void supervise(const Supervised& what) {
  const std::optional<FileLock> lock =
      FileLock::try_lock(what.files.lock, FileLock::Mode::kExclusive);
  if (!lock) throw Error("machine \"" + what.machine + "\" has a supervisor already");
  const UniqueFd number = open_or_throw(what.files.lock, O_WRONLY | O_TRUNC);
  write_all(number.get(), std::to_string(getpid()), what.files.lock);
  if (read_file_if_exists(what.files.log).value_or("").size() > kLongLog)
    remove_file(what.files.log);
  Supervisor(what).run();
}

}  // namespace baker
