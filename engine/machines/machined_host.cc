#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/io/program_answer.h"
#include "engine/io/system_error.h"
#include "engine/machines/machine_cgroup.h"
#include "engine/machines/machine_host.h"
#include "engine/machines/machine_paths.h"
#include "engine/machines/running.h"

#include <cstdlib>
#include <thread>

namespace baker {
namespace {

constexpr std::chrono::milliseconds kBetweenLooksWhileItStarts(5);
constexpr std::chrono::seconds kSystemdNotices(20);  // that a process has ended
constexpr std::chrono::seconds kJournalReads(10);    // what it said, on a busy host

std::string unit_of(const std::string& machine) {
  return "systemd-nspawn@" + machine + ".service";
}

std::string property_of(const std::string& unit, const std::string& name) {
  return ask_program({"systemctl", "show", unit, "--property=" + name, "--value"}).text;
}

std::string unit_state(const std::string& unit) {
  return property_of(unit, "ActiveState");
}

// A program that has ended may have said something that journald has not read yet, and --sync does
// not wait for its stream. It says why it failed, as a rule, so that is waited for; not for long.
void wait_for_words(const std::string& since, const std::string& unit) {
  const auto deadline = std::chrono::steady_clock::now() + kJournalReads;
  while (std::chrono::steady_clock::now() < deadline) {
    ask_program({"journalctl", "--sync"});
    const ProgramAnswer words = ask_program({"journalctl", "--quiet", "--no-pager", "--lines=1",
                                             "--since=" + since, "_SYSTEMD_UNIT=" + unit});
    if (!words.text.empty()) return;
    std::this_thread::sleep_for(kBetweenLooksWhileItStarts);
  }
}

// What the machine's console and systemd said since the unit was last started. journald no longer
// knows the invocation of a program that has ended before it reads, but still the unit.
std::string last_words(const std::string& unit) {
  const std::string invocation = property_of(unit, "InvocationID");
  const std::string since = property_of(unit, "ExecMainStartTimestamp");
  if (invocation.empty() || since.empty()) return "";
  wait_for_words(since, unit);
  const ProgramAnswer journal = ask_program(
      {"journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=20", "--since=" + since,
       "_SYSTEMD_UNIT=" + unit, "+", "INVOCATION_ID=" + invocation});
  if (journal.status != 0 || journal.text.empty()) return "";
  return "; its journal says:\n  " + join(split(journal.text, '\n'), "\n  ");
}

class MachinedHost final : public MachineHost {
 public:
  std::string_view name() const override { return "machined"; }

  // The unit says that it is ready when the machine's init runs: the machine's settings don't have
  // it wait until all is booted.
  void start(const std::string& machine) override {
    const std::string unit = unit_of(machine);
    wait_until_noticed(machine, unit);
    const ProgramAnswer started = ask_program({"systemctl", "start", unit});
    if (started.status != 0) {
      throw Error("machine \"" + machine + "\" did not start: " +
                  started.text.substr(0, started.text.find('\n')) + last_words(unit));
    }
  }

  std::optional<pid_t> init_of(const std::string& machine) const override {
    if (!is_known(machine)) return std::nullopt;
    const ProgramAnswer leader =
        ask_program({"machinectl", "show", machine, "--property=Leader", "--value"});
    const pid_t init = leader.status == 0 ? std::atoi(leader.text.c_str()) : 0;
    return is_alive(init) ? std::optional(init) : std::nullopt;
  }

  bool runs(const std::string& machine) const override {
    return is_running(kSystemdsMachines, machine);
  }

  bool is_ending(const std::string& machine) const override {
    return is_known(machine) && !init_of(machine);
  }

  // systemd forgets it where nothing failed.
  std::string how_it_ended(const std::string& machine) const override {
    const std::string when = property_of(unit_of(machine), "ExecMainExitTimestamp");
    if (when.empty()) return "";
    const std::string how = property_of(unit_of(machine), "Result");
    return when + ": " + (how == "success" ? "powered off" : how);
  }

  // A machine that is just about to end is known no longer, which is no trouble.
  void power_off(const std::string& machine) override {
    const ProgramAnswer answer = ask_program({"machinectl", "poweroff", machine});
    if (answer.status == 0) return;
    if (MachineCgroup(machine).populated())
      throw Error("machine \"" + machine +
                  "\" was not started by systemd: stop it with --start-with direct");
    if (is_known(machine))
      throw Error("machine \"" + machine + "\" can't be powered off: " + answer.text);
  }

  // Not `terminate`, which asks politely and waits.
  void end(const std::string& machine) override {
    ask_program({"systemctl", "kill", "--signal=KILL", unit_of(machine)});
  }

  // A machine that was killed stays behind as a failed unit, which may not be started too often.
  void clean_up(const std::string& machine) override {
    remove_left_by_nspawn(kSystemdsMachines, machine);
    ask_program({"systemctl", "reset-failed", unit_of(machine)});
  }

 private:
  static bool is_known(const std::string& machine) {
    return path_exists("/run/systemd/machines/" + machine);
  }

  // To start a unit that has ended, but whose end systemd has not seen yet, does nothing.
  void wait_until_noticed(const std::string& machine, const std::string& unit) const {
    const auto deadline = std::chrono::steady_clock::now() + kSystemdNotices;
    for (std::string state = unit_state(unit);
         (state == "active" || state == "deactivating") && !runs(machine);
         state = unit_state(unit)) {
      if (std::chrono::steady_clock::now() > deadline)
        throw Error(unit + " is " + state + " although nothing of the machine runs any more");
      std::this_thread::sleep_for(kBetweenLooksWhileItStarts);
    }
  }
};

}  // namespace

std::unique_ptr<MachineHost> machined_host() {
  return std::make_unique<MachinedHost>();
}

}  // namespace baker
