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

// Answers for debconf, as debconf-set-selections(1) reads them. Throws StageError where it
// complains of one.
void preseed(Root& root, const std::vector<std::string>& answers);

// Keeps packages at their version, as `apt-mark hold` does. Throws StageError for one that the root
// does not have.
void hold(Root& root, const std::vector<std::string>& packages);

void install_packages(Root& root, const std::vector<PackagePin>& packages, const Context& context);

}  // namespace baker::apt
