// Looks a host over. Nothing is changed that outlives the look, folders apart that a run would
// make.
#pragma once

#include "engine/doctor/finding.h"
#include "engine/machines/machine_paths.h"

#include <map>
#include <string>
#include <vector>

namespace baker {

struct HostToExamine {
  MachinePlaces places;  // `state`: the folder of all pipelines
  std::string runner;    // the program baker-stage-runner
  // What stage types call: program → Debian package.
  std::map<std::string, std::string> programs;
};

// One of each kind, in the order in which they matter. Asks programs of the host, tries mounts;
// takes a second. Needs root for most of it, and says where it lacks that.
std::vector<Finding> examine_host(const HostToExamine& host);

// Each looks at one part.
std::vector<Finding> examine_kernel();
std::vector<Finding> examine_storage(const HostToExamine& host);
std::vector<Finding> examine_programs(const HostToExamine& host);
std::vector<Finding> examine_starting(const HostToExamine& host);
std::vector<Finding> examine_network();

}  // namespace baker
