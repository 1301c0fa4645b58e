// Installs pinned packages with the root's own dpkg, in apt's order, without network.
#pragma once

#include "package_pin.h"

#include <string>
#include <vector>

namespace baker::apt {

// One start of dpkg.
struct DpkgCall {
  std::vector<std::string> arguments{};
  std::vector<PackagePin> files{};  // the packages whose files come after the arguments
  bool operator==(const DpkgCall&) const = default;
};

// As few calls as apt's order allows.
std::vector<DpkgCall> plan_dpkg_calls(const std::vector<PackagePin>& packages);

void install_packages(Root& root, const std::vector<PackagePin>& packages, const Context& context);

}  // namespace baker::apt
