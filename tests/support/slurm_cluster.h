// A real cluster of Slurm on the loopback interface: a controller, and nodes that are processes of
// this host, each with a store of its own.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/running_program.h"

namespace baker::testing {

class SlurmCluster {
 public:
  // Keeps all that it needs below `folder`, which has to be a folder of its own. Nodes are "n1", …
  SlurmCluster(std::filesystem::path folder, int nodes);

  // For programs that use it: SLURM_CONF, and a PATH on which `baker` is.
  std::map<std::string, std::string> environment() const;
  std::filesystem::path cache(const std::string& node) const { return folder_ / "caches" / node; }
  std::string jobs() const;  // what squeue says
  // For a job that comes before all others: theirs are cancelled. Returns when it is done. Throws
  // std::runtime_error.
  void take_all_nodes() const;

 private:
  std::filesystem::path folder_;
  std::vector<std::unique_ptr<RunningProgram>> processes_;
};

}  // namespace baker::testing
