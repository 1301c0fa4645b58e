#include "engine/machines/machine_host.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/interrupt.h"
#include "engine/io/process.h"
#include "engine/machines/machine_paths.h"

namespace baker {
namespace {

constexpr std::chrono::milliseconds kBetweenLooksWhileItEnds(10);
constexpr std::chrono::seconds kDiesWhenEnded(20);

// Whether nothing of it runs any more.
bool wait_until_gone(const MachineHost& host, const std::string& machine,
                     std::chrono::seconds patience, int interrupt_fd) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (host.runs(machine)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    pause_unless_interrupted(interrupt_fd, kBetweenLooksWhileItEnds);
  }
  return true;
}

}  // namespace

std::string why_not_machined(const std::string& machines, const std::string& nspawn) {
  if (!path_exists("/run/systemd/system")) return "this host was not booted with systemd";
  if (!find_program("machinectl"))
    return "machinectl is not installed: apt-get install systemd-container";
  if (!systemd_knows(machines, nspawn))
    return std::string("systemd-machined knows only ") + kSystemdsMachines + " and " +
           kSystemdsNspawn;
  return "";
}

bool has_machine_id() {
  return !read_file_if_exists("/etc/machine-id").value_or("").empty();
}

void check_can_start() {
  if (!find_program("systemd-nspawn"))
    throw Error(
        "machines are run by systemd-nspawn, which is not installed: apt-get install "
        "systemd-container");
  if (!has_machine_id())
    throw Error(
        "this host has no /etc/machine-id, which systemd-nspawn makes the network addresses of "
        "machines from: systemd-machine-id-setup makes one");
}

std::unique_ptr<MachineHost> choose_host(const HostPlaces& places, const std::string& wanted) {
  const std::string obstacle = why_not_machined(places.machines, places.nspawn);
  if (wanted == "machined" && !obstacle.empty())
    throw Error("machines can't be started by systemd-machined: " + obstacle);
  if (wanted == "direct" || !obstacle.empty()) return direct_host(places);
  return machined_host();
}

void wait_while_ending(MachineHost& host, const std::string& machine, std::chrono::seconds patience,
                       int interrupt_fd) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (host.is_ending(machine)) {
    if (std::chrono::steady_clock::now() > deadline) {
      wait_until_stopped(host, machine, std::chrono::seconds(0), interrupt_fd);
      return;
    }
    pause_unless_interrupted(interrupt_fd, kBetweenLooksWhileItEnds);
  }
}

bool wait_until_stopped(MachineHost& host, const std::string& machine,
                        std::chrono::seconds patience, int interrupt_fd) {
  const bool clean = wait_until_gone(host, machine, patience, interrupt_fd);
  if (!clean) {
    host.end(machine);
    if (!wait_until_gone(host, machine, kDiesWhenEnded, interrupt_fd))
      throw Error("machine \"" + machine + "\" still runs although it was killed");
  }
  host.clean_up(machine);
  return clean;
}

}  // namespace baker
