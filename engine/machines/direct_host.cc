#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/interrupt.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"
#include "engine/machines/console.h"
#include "engine/machines/machine_cgroup.h"
#include "engine/machines/machine_host.h"
#include "engine/machines/machine_paths.h"
#include "engine/machines/running.h"
#include "engine/machines/supervision.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iterator>

namespace baker {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(5);
constexpr std::chrono::seconds kInitAppears(90);  // as long as systemd gives a service to start
constexpr size_t kConsoleLines = 20;
constexpr std::chrono::seconds kInitListens(20);
const int kPowerOff = SIGRTMIN + 4;  // systemd(1): powers off by an orderly shutdown

// Whether it catches the signal, or will. Others have no effect on an init, proc_pid_status(5).
bool listens_to(pid_t init, int signal) {
  const std::string status = read_file_if_exists(fmt::format("/proc/{}/status", init)).value_or("");
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  return std::ranges::any_of(std::array{"SigBlk:\t", "SigCgt:\t"}, [&](const std::string& name) {
    const size_t found = status.find(name);
    return found != std::string::npos &&
           (std::strtoull(status.c_str() + found + name.size(), nullptr, 16) & bit) != 0;
  });
}

class DirectHost final : public MachineHost {
 public:
  explicit DirectHost(HostPlaces places) : places_(std::move(places)) {}

  std::string_view name() const override { return "direct"; }

  void start(const std::string& machine) override {
    const MachineCgroup cgroup(machine);
    clean_up(machine);
    const auto deadline = std::chrono::steady_clock::now() + kInitAppears;
    const Process supervisor = start_supervisor(machine);
    while (!cgroup.init()) {
      const bool in_time = std::chrono::steady_clock::now() < deadline;
      if (supervisor.ended() || !in_time) {
        const std::string limit = in_time ? "" : fmt::format(" within {} s", kInitAppears.count());
        const std::string story = limit + console_lines(machine) + waiting_in(cgroup);
        supervisor.kill(SIGTERM);
        cgroup.kill();
        throw Error(fmt::format("machine \"{}\" did not start{}", machine, story));
      }
      pause_unless_interrupted(places_.interrupt_fd, kBetweenLooks);
    }
  }

  std::optional<pid_t> init_of(const std::string& machine) const override {
    return MachineCgroup(machine).init();
  }

  bool runs(const std::string& machine) const override {
    return is_running(places_.machines, machine) || supervisor_of(files_of(machine));
  }

  bool is_ending(const std::string& machine) const override {
    const MachineCgroup cgroup(machine);
    return (cgroup.populated() || supervisor_of(files_of(machine))) && !cgroup.init();
  }

  std::string how_it_ended(const std::string& machine) const override {
    return baker::how_it_ended(files_of(machine));
  }

  void power_off(const std::string& machine) override {
    have_it_started_no_more(machine);
    const auto deadline = std::chrono::steady_clock::now() + kInitListens;
    while (runs(machine) && std::chrono::steady_clock::now() < deadline) {
      const std::optional<pid_t> init = init_of(machine);
      if (init && listens_to(*init, kPowerOff)) {
        kill(*init, kPowerOff);
        return;
      }
      pause_unless_interrupted(places_.interrupt_fd, kBetweenLooks);
    }
  }

  void end(const std::string& machine) override {
    have_it_started_no_more(machine);
    MachineCgroup(machine).kill();
  }

  void clean_up(const std::string& machine) override {
    if (!supervisor_of(files_of(machine))) remove_left_by_direct_machine(places_.machines, machine);
  }

 private:
  SupervisionPaths files_of(const std::string& machine) const {
    return supervision_paths(places_.consoles, machine);
  }

  void have_it_started_no_more(const std::string& machine) const {
    if (std::optional<pid_t> supervisor = supervisor_of(files_of(machine)))
      kill(*supervisor, SIGTERM);
  }

  Process start_supervisor(const std::string& machine) const {
    make_directories(places_.consoles, 0700);
    UniqueFd console =
        open_or_throw(files_of(machine).console, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0640);
    UniqueFd nothing = open_or_throw("/dev/null", O_RDONLY);
    std::vector<std::string> argv = {places_.supervisor, places_.consoles, places_.machines,
                                     machine};
    std::ranges::copy(command(machine), std::back_inserter(argv));
    return Process({.argv = argv,
                    .environment = environment(),
                    .directory = "/",
                    .descriptors = {{nothing.get(), 0}, {console.get(), 1}, {console.get(), 2}},
                    .outlives_us = true});
  }

  // What hangs, and in which call of the kernel.
  static std::string waiting_in(const MachineCgroup& cgroup) {
    std::string words;
    for (const pid_t process : cgroup.processes()) {
      const std::string call = fmt::format("/proc/{}/wchan", process);
      words += fmt::format("\n  process {} ({}) waits in {}", process, process_name(process),
                           read_file_if_exists(call).value_or("?"));
    }
    return words;
  }

  // The rest stands in the machine's .nspawn file.
  std::vector<std::string> command(const std::string& machine) const {
    std::vector<std::string> argv = {
        "systemd-nspawn",      "--quiet",
        "--keep-unit",         "--register=no",
        "--console=read-only", "--directory=" + places_.machines + "/" + machine,
        "--machine=" + machine};
    if (places_.nspawn == kSystemdsNspawn) return argv;
    // systemd-nspawn trusts settings in its own folder alone: ours is shown to it in that place.
    // What the host unmounts is unmounted there, too: this machine would hold others' trees.
    const std::string show = "mount -t tmpfs none /etc/systemd && mkdir " +
                             std::string(kSystemdsNspawn) + " && mount --bind \"$0\" " +
                             kSystemdsNspawn + " && exec \"$@\"";
    std::vector<std::string> wrapped = {"unshare", "--mount", "--propagation", "slave", "sh",
                                        "-c",      show,      places_.nspawn};
    wrapped.insert(wrapped.end(), argv.begin(), argv.end());
    return wrapped;
  }

  // Without what belongs to the caller: where to report a boot, and the kind of its terminal.
  static std::vector<std::string> environment() {
    std::vector<std::string> kept;
    for (char** each = environ; *each; ++each) {
      const std::string entry = *each;
      if (!entry.starts_with("NOTIFY_SOCKET=") && !entry.starts_with("TERM="))
        kept.push_back(entry);
    }
    return kept;
  }

  std::string console_lines(const std::string& machine) const {
    std::vector<std::string> lines = split(end_of_console(files_of(machine).console), '\n');
    std::erase(lines, "");
    if (lines.empty()) return "";
    const size_t first = lines.size() - std::min(lines.size(), kConsoleLines);
    return "; its console says:\n  " +
           join({lines.begin() + static_cast<long>(first), lines.end()}, "\n  ");
  }

  HostPlaces places_;
};

}  // namespace

std::unique_ptr<MachineHost> direct_host(HostPlaces places) {
  return std::make_unique<DirectHost>(std::move(places));
}

}  // namespace baker
