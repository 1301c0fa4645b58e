#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/interrupt.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"
#include "engine/machines/machine_cgroup.h"
#include "engine/machines/machine_host.h"
#include "engine/machines/running.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <csignal>

namespace baker {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(5);
constexpr std::chrono::seconds kInitAppears(90);  // as long as systemd gives a service to start
constexpr size_t kConsoleLines = 20;
const char* const kOwnNspawnFolder = "/etc/systemd/nspawn";

class DirectHost final : public MachineHost {
 public:
  explicit DirectHost(HostPlaces places) : places_(std::move(places)) {}

  std::string_view name() const override { return "direct"; }

  void start(const std::string& machine) override {
    const auto deadline = std::chrono::steady_clock::now() + kInitAppears;
    while (!try_to_start(machine, deadline)) {
      const bool in_time = std::chrono::steady_clock::now() < deadline;
      if (!in_time || !is_interface_still_there(machine)) {
        clean_up(machine);
        const std::string limit = in_time ? "" : fmt::format(" within {} s", kInitAppears.count());
        throw Error(fmt::format("machine \"{}\" did not start{}{}", machine, limit,
                                console_lines(machine)));
      }
      pause_unless_interrupted(places_.interrupt_fd, kBetweenLooks);
    }
  }

  std::optional<pid_t> init_of(const std::string& machine) const override {
    return MachineCgroup(machine).init();
  }

  bool runs(const std::string& machine) const override {
    return is_running(places_.machines, machine);
  }

  bool is_ending(const std::string& machine) const override {
    const MachineCgroup cgroup(machine);
    return cgroup.populated() && !cgroup.init();
  }

  // systemd's "power off, as an orderly shutdown".
  void power_off(const std::string& machine) override {
    if (std::optional<pid_t> init = init_of(machine)) kill(*init, SIGRTMIN + 4);
  }

  void end(const std::string& machine) override { MachineCgroup(machine).kill(); }

  void clean_up(const std::string& machine) override {
    const MachineCgroup cgroup(machine);
    if (cgroup.populated()) return;
    cgroup.remove();
    remove_left_by_nspawn(places_.machines, machine);
  }

 private:
  // Whether its init runs.
  bool try_to_start(const std::string& machine, std::chrono::steady_clock::time_point deadline) {
    const MachineCgroup cgroup(machine);
    clean_up(machine);
    make_directories(places_.consoles);
    UniqueFd console = open_or_throw(console_path(machine), O_WRONLY | O_CREAT | O_TRUNC, 0640);
    UniqueFd nothing = open_or_throw("/dev/null", O_RDONLY);
    const Process nspawn(
        {.argv = command(machine),
         .environment = environment(),
         .directory = "/",
         .descriptors = {{nothing.get(), 0}, {console.get(), 1}, {console.get(), 2}},
         .cgroups = cgroup.make(),
         .outlives_us = true});
    while (!cgroup.init()) {
      if (nspawn.ended() || std::chrono::steady_clock::now() > deadline) return false;
      pause_unless_interrupted(places_.interrupt_fd, kBetweenLooks);
    }
    return true;
  }

  // The kernel takes the network of a machine that has ended away when it gets to it.
  bool is_interface_still_there(const std::string& machine) const {
    const std::string said = read_file_if_exists(console_path(machine)).value_or("");
    return said.find("Failed to add new veth interfaces") != std::string::npos &&
           said.find("File exists") != std::string::npos;
  }

  std::string console_path(const std::string& machine) const {
    return places_.consoles + "/" + machine + ".console";
  }

  // The rest stands in the machine's .nspawn file.
  std::vector<std::string> command(const std::string& machine) const {
    std::vector<std::string> argv = {
        "systemd-nspawn",      "--quiet",
        "--keep-unit",         "--register=no",
        "--console=read-only", "--directory=" + places_.machines + "/" + machine,
        "--machine=" + machine};
    if (places_.nspawn == kOwnNspawnFolder) return argv;
    // systemd-nspawn trusts settings in its own folder alone: ours is shown to it in that place.
    const std::string show = "mount --make-rslave / && mount -t tmpfs none /etc/systemd && mkdir " +
                             std::string(kOwnNspawnFolder) + " && mount --bind \"$0\" " +
                             kOwnNspawnFolder + " && exec \"$@\"";
    std::vector<std::string> wrapped = {"unshare", "--mount", "sh", "-c", show, places_.nspawn};
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
    std::vector<std::string> lines =
        split(read_file_if_exists(console_path(machine)).value_or(""), '\n');
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
