// The host's network interfaces, as `ip -json -details address show` tells them.
#pragma once

#include "subnet.h"

#include <string>
#include <vector>

namespace baker {

struct Link {
  std::string name;
  std::string kind;  // "bridge", "veth", …; empty for a real device
  std::string alias;
  std::string mac;
  bool up = false;
  bool forwards_at_once = false;    // a bridge without spanning tree and delay
  std::vector<Subnet> addresses{};  // IPv4
};

// Throws StageError where the text is not what `ip` prints.
std::vector<Link> links_in(const std::string& json);

// Nothing where no interface has the name.
const Link* find_link(const std::vector<Link>& links, const std::string& name);

}  // namespace baker
