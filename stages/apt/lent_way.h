// While a root's apt resolves and fetches, it gets to servers as the host's does: through its
// mirrors and proxies, with its certificates, keys and passwords. The root is thrown away then.
#pragma once

#include <baker/stage.h>

#include <string>
#include <vector>

#include "lent_mirrors.h"

namespace baker::apt {

// What the pins' addresses have to be replaced by, and whether more than that is needed.
struct LentWay {
  MirrorLists mirror_lists{};
  bool is_plain = true;  // neither proxy nor password nor certificate of the host's apt
};

LentWay lend_way(Network& network, const Context& context);

// The addresses that apt would try for one below a mirror list; else the address itself.
std::vector<std::string> without_mirror_lists(const std::string& url, const LentWay& way);

}  // namespace baker::apt
