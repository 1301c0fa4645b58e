// Asks the root's own apt, with its own sources and keys, what installing takes.
#pragma once

#include "apt_output.h"
#include "package_pin.h"

#include <string>
#include <vector>

namespace baker::apt {

struct Request {
  std::vector<std::string> packages{};
  bool recommends = false;
  bool upgrade = false;
};

// What the root's sources alone say: its lists need not be there.
std::vector<Repository> repositories_in(Root& root);

void require_apt(const Root& root);  // throws StageError

// Throws StageError with apt's own words. `root` is a throw-away view.
std::vector<PackagePin> resolve_packages(Root& root, const Request& request);

}  // namespace baker::apt
