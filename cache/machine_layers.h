// Which layers the mounted machines of this host stand on: a file for each machine in the store,
// machines/<digest of its path>, so that nobody takes them away.
#pragma once

#include <set>
#include <string>

namespace baker {

// Writes down that a machine stands on these layers (digests), in place of any that it
// stood on before; with none, it no longer stands on any. `machine` is the path of its tree. Syncs
// nothing. Throws Error.
void note_machine_layers(const std::string& store, const std::string& machine,
                         const std::set<std::string>& layers);

// Of all machines, as digests in hex.
std::set<std::string> layers_of_machines(const std::string& store);

}  // namespace baker
