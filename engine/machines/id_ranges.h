// Ids of the host for the users of machines.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace baker {

// The first of 65,536 ids that systemd leaves to containers (systemd.io/UIDS-GIDS) and nobody else
// has: not those in `taken`, first ids of other machines, nor /etc/subuid, /etc/subgid, the host's
// users and groups, or a machine that runs with a range of its own choice. The same for the same
// machine, as long as it is free. Throws Error where none is.
std::uint32_t free_ids(const std::string& machine, const std::set<std::uint32_t>& taken);

}  // namespace baker
