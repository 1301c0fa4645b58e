// A tree booted under systemd-nspawn, to look at what its services really do.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/captured_output.h"
#include "tests/support/host_program.h"

namespace baker::testing {

class BootedMachine {
 public:
  // Returns when systemd in it has started all there is to start, well or badly. `options` are
  // further options of systemd-nspawn. Throws with the console's text where it does not boot.
  explicit BootedMachine(const std::filesystem::path& tree,
                         const std::vector<std::string>& options = {"--private-network"});
  // Ends it at once, without a shutdown.
  ~BootedMachine();
  BootedMachine(const BootedMachine&) = delete;
  BootedMachine& operator=(const BootedMachine&) = delete;

  // Inside the machine, as root.
  Outcome run(std::vector<std::string> argv) const;
  // The same command again until it ends with 0, or `seconds` have passed.
  Outcome run_until_done(const std::vector<std::string>& argv, int seconds) const;

  // Shuts it down in order. Nothing can be run in it any more. Throws where it goes on running.
  void power_off();

  const std::string& name() const { return name_; }  // of the machine, as systemd-nspawn knows it
  pid_t init() const { return init_; }
  std::string console() const { return console_->text(); }

 private:
  void start(const std::filesystem::path& tree, const std::vector<std::string>& options);
  void wait_for_boot();
  void end();

  std::string name_;
  std::unique_ptr<CapturedOutput> console_;
  pid_t nspawn_ = -1;
  pid_t init_ = -1;
};

}  // namespace baker::testing
