// The change of a machine's tree and settings for those that wait beside it.
//
// A swap can be interrupted anywhere, and done again: the state says which tree is about to be
// swapped in before the swap, whichever tree is found afterwards is known by its identity, and the
// state says that the machine is in place only once its settings are as well.
#pragma once

#include "engine/bake/machine_keeper.h"
#include "engine/machines/owned_machines.h"

#include <string>
#include <vector>

namespace baker {

// The tree that waits becomes the machine, and `machine` says so; or it goes on waiting where the
// machine runs. A tree that is to be mounted is: as `mount`, of make_tree_mounts, or a new one.
// Where it throws Error, `machine` is as it was. What it did is on the disk once sync_swaps has
// returned.
Placement swap_in(OwnedMachines& owned, MachineState& machine, TreeMount mount = {});

// Mounts a placed tree where it is not: the host was started again, or somebody unmounted it, be it
// while the machine runs. Throws Error.
void mount_again(OwnedMachines& owned, const MachineState& machine);

// Whether its tree was swapped in, and what comes after that was not done.
bool is_half_swapped(const OwnedMachines& owned, const MachineState& machine);

// Writes the machine's settings where systemd-nspawn looks for them, and returns their signature.
// Throws Error.
std::string write_settings(const MachinePlaces& places, const std::string& machine);

// Waits until what was swapped survives a power cut. Throws Error.
void sync_swaps(const MachinePlaces& places, const std::vector<std::string>& machines);

}  // namespace baker
