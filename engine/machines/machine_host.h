// Starting and stopping machines: one interface, two ways. What runs is always observed, never
// remembered.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace baker {

class MachineHost {
 public:
  virtual ~MachineHost() = default;
  virtual std::string_view name() const = 0;  // "machined" or "direct"

  // Returns once the machine's init runs. Throws Error with what the machine's console said.
  virtual void start(const std::string& machine) = 0;
  // The init of a machine that runs; nothing where it doesn't, or has not come that far.
  virtual std::optional<pid_t> init_of(const std::string& machine) const = 0;
  // Whether anything of it runs.
  virtual bool runs(const std::string& machine) const = 0;
  // Whether its init has ended, and what still runs of it is about to, or it is about to be started
  // again.
  virtual bool is_ending(const std::string& machine) const = 0;
  // When and how a machine that does not run has ended, in words; empty where that is not known.
  virtual std::string how_it_ended(const std::string& machine) const = 0;
  // Asks for a clean power-off, once the machine's init can hear it, and does not wait for its end.
  virtual void power_off(const std::string& machine) = 0;
  // Ends it hard and returns at once.
  virtual void end(const std::string& machine) = 0;
  // Removes what a machine that has ended left in the host's run-time folders.
  virtual void clean_up(const std::string& machine) = 0;
};

// Where machines and their settings lie, for both.
struct HostPlaces {
  std::string machines;    // /var/lib/machines
  std::string nspawn;      // /etc/systemd/nspawn
  std::string consoles;    // folder for what machines print, and what is known of their ends
  int interrupt_fd;        // readable once the user wants to stop; -1: signals end baker
  std::string supervisor;  // the program that stays beside a machine which baker itself starts
};

// systemd-nspawn below a supervisor that outlives us, for hosts without systemd: a machine that
// reboots is started again. The machine's cgroup is the registry of what runs: a killed
// systemd-nspawn leaves its machine running.
std::unique_ptr<MachineHost> direct_host(HostPlaces places);
// machinectl, where systemd-machined runs. It knows machines in /var/lib/machines alone.
std::unique_ptr<MachineHost> machined_host();

// Why systemd can't start machines that lie there; empty: it can.
std::string why_not_machined(const std::string& machines, const std::string& nspawn);
// Without one systemd-nspawn makes no network for a machine.
bool has_machine_id();

// Throws Error where the host lacks what every start needs, with what to do.
void check_can_start();

// machined where the host was booted with systemd and has machinectl, and the places are systemd's
// own; else direct. `wanted` is one of the two names, or empty. Throws Error where what is wanted
// can't be had.
std::unique_ptr<MachineHost> choose_host(const HostPlaces& places, const std::string& wanted);

// Waits until a machine that is ending has gone, or was started again; ends it hard where neither
// comes within `patience`. Throws Error, as below.
void wait_while_ending(MachineHost& host, const std::string& machine, std::chrono::seconds patience,
                       int interrupt_fd);

// After power_off: ends the machine hard where it has not stopped within `patience`. Returns
// whether it stopped by itself. Throws Error (kInterrupted) where `interrupt_fd` becomes readable
// first: the machine goes on powering off.
bool wait_until_stopped(MachineHost& host, const std::string& machine,
                        std::chrono::seconds patience, int interrupt_fd);

}  // namespace baker
