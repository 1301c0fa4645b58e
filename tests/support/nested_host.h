// A whole host to use baker in: a machine under systemd-nspawn that runs machines of its own, with
// systemd, systemd-machined, D-Bus, networkd and avahi, and a network that nobody else is in.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/booted_machine.h"

namespace baker::testing {

// A tree with what such a host needs, and the packages that baker needs at run time; no nss-mdns.
// Made once per build folder. Nobody may change it.
std::filesystem::path debian_host();

class NestedHost {
 public:
  // Copies debian_host() to `root`, which goes with the caller's folder, and installs the baker of
  // this build folder in it. `binds` are options of systemd-nspawn, as "--bind=…". Not booted yet.
  NestedHost(std::filesystem::path root, const std::filesystem::path& build,
             std::vector<std::string> binds);

  // Returns when all is started. Throws where it does not boot.
  void boot();
  // Shuts it down in order, and boots it again: what it has on disk stays.
  void reboot();

  // In the host, as root.
  Outcome run(const std::vector<std::string>& argv) const { return machine_->run(argv); }
  // A script for sh.
  Outcome sh(const std::string& script) const { return run({"sh", "-c", script}); }
  // The same script again until it ends with 0, or `seconds` have passed.
  Outcome sh_until_done(const std::string& script, int seconds) const {
    return machine_->run_until_done({"sh", "-c", script}, seconds);
  }

  // A line for everything that stands on the host: files of /etc, /var, /run and /opt, mounts,
  // links and their addresses, cgroups, units and programs that run. What systemd starts and stops
  // by itself is not in it.
  std::vector<std::string> listing() const;

 private:
  std::filesystem::path root_;
  std::vector<std::string> options_;
  std::unique_ptr<BootedMachine> machine_;
};

}  // namespace baker::testing
