// Brings pinned packages into the download store, from wherever the root's sources have them now.
#pragma once

#include "apt_output.h"
#include "package_pin.h"

#include <cstdint>
#include <string>
#include <vector>

namespace baker::apt {

// Where a package can be, most likely first.
std::vector<std::string> urls_of(const PackagePin& package,
                                 const std::vector<Repository>& repositories);

// Where it was at a time, in seconds since 1970: `${time}` in the addresses of archives of the
// past.
std::vector<std::string> urls_in_snapshots(const PackagePin& package,
                                           const std::vector<std::string>& snapshots,
                                           std::int64_t epoch);

// `snapshots` come last. Throws StageError where a package is nowhere, or is not what was pinned.
void fetch_packages(Network& network, Root& root, const std::vector<PackagePin>& packages,
                    const std::vector<std::string>& snapshots, const Context& context);

}  // namespace baker::apt
