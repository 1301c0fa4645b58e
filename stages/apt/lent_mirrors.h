// In a root that is thrown away: what the distribution's own archive offers comes from the mirrors
// that the host's apt is set up for.
#pragma once

#include <baker/stage.h>

#include <map>
#include <string>
#include <vector>

namespace baker::apt {

// The mirrors in a list of them, by the list's name in apt's sources.
using MirrorLists = std::map<std::string, std::vector<std::string>>;

// Decided for each suite and component, by what the mirror has; all else stays as the root has it.
// Asks the host's archives, unless all of them are the distribution's own. Throws StageError.
MirrorLists lend_mirrors(Network& network, const Context& context);

}  // namespace baker::apt
