// Runs a machine until it ends, and again where it asks to be started again.
#pragma once

#include "engine/machines/supervision.h"

#include <string>
#include <vector>

namespace baker {

struct Supervised {
  std::string machine;
  std::string machines_folder;  // where its tree lies
  SupervisionPaths files;
  std::vector<std::string> nspawn;  // the command
};

// Blocks for as long as the machine runs. Its console is standard output and standard error, which
// lie in files.console. Throws Error where it can't be started, or is supervised already.
void supervise(const Supervised& what);

}  // namespace baker
