#include "engine/machines/machine_host.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/process.h"

#include <thread>

namespace baker {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(10);

std::string why_not_machined(const HostPlaces& places) {
  if (!path_exists("/run/systemd/system")) return "this host was not booted with systemd";
  if (!find_program("machinectl"))
    return "machinectl is not installed: apt-get install systemd-container";
  if (places.machines != "/var/lib/machines" || places.nspawn != "/etc/systemd/nspawn")
    return "systemd-machined knows only /var/lib/machines and /etc/systemd/nspawn";
  return "";
}

}  // namespace

std::unique_ptr<MachineHost> choose_host(const HostPlaces& places, const std::string& wanted) {
  const std::string obstacle = why_not_machined(places);
  if (wanted == "machined" && !obstacle.empty())
    throw Error("machines can't be started by systemd-machined: " + obstacle);
  if (wanted == "direct" || !obstacle.empty()) return direct_host(places);
  return machined_host();
}

bool wait_until_stopped(MachineHost& host, const std::string& machine,
                        std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (host.runs(machine) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(kBetweenLooks);
  const bool clean = !host.runs(machine);
  if (!clean) host.end(machine);
  host.clean_up(machine);
  return clean;
}

}  // namespace baker
