// What is to be done to have a bridge, to be rid of it, or to see that it is there. Nothing is done
// here: the answers are lines for `ip -batch`, none where all is well.
#pragma once

#include "link.h"

#include <optional>
#include <string>
#include <vector>

namespace baker {

struct Bridge {
  std::string name;
  std::string owner;
  std::optional<Subnet> address;  // of the host

  // Whose it is: stands in the interface's alias.
  std::string mark() const { return "baker:" + owner; }
  // A bridge is made with this address and marked after it. So one that was not finished is known.
  std::string mac() const;
  bool is_ours(const Link& link) const;
};

// Throws StageError where something of the name is not ours, or the address is of a subnet that
// the host has elsewhere.
std::vector<std::string> lines_to_make(const Bridge& bridge, const std::vector<Link>& links,
                                       bool host_has_ipv6);
// What is not ours stays.
std::vector<std::string> lines_to_remove(const Bridge& bridge, const std::vector<Link>& links);
// Throws StageError where there is no bridge of this name that is up, or where the host has no
// address on it in the subnet that is told.
void require_existing(const Bridge& bridge, const std::vector<Link>& links);

}  // namespace baker
