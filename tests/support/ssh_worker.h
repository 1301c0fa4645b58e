// Hosts that a builder reaches by ssh: real servers of ssh on the loopback interface, each with a
// store of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/running_program.h"

namespace baker::testing {

class SshWorker {
 public:
  // Keeps all that it needs below `folder`, which has to be a folder of its own.
  SshWorker(std::filesystem::path folder, std::string name, const std::string& environment = "");

  const std::string& name() const { return name_; }
  std::filesystem::path cache() const { return folder_ / "cache"; }
  // What it was asked to run, a line each.
  std::string asked() const;
  void kill();  // with all that runs on it
  // The lines of a client's configuration.
  std::string client_config() const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::string name_;
  std::string port_;
  std::unique_ptr<RunningProgram> process_;
};

// A program in a mount namespace in which root's own ssh reaches these workers.
std::vector<std::string> with_workers(const std::vector<const SshWorker*>& workers,
                                      const std::vector<std::string>& program);

}  // namespace baker::testing
