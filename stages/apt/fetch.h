// Brings pinned packages into the download store, from wherever the root's sources have them now.
#pragma once

#include "apt_output.h"
#include "package_pin.h"

#include <string>
#include <vector>

namespace baker::apt {

// Where a package can be, most likely first.
std::vector<std::string> urls_of(const PackagePin& package,
                                 const std::vector<Repository>& repositories);

// Throws StageError where a package is nowhere, or is not what was pinned.
void fetch_packages(Network& network, Root& root, const std::vector<PackagePin>& packages,
                    const Context& context);

}  // namespace baker::apt
