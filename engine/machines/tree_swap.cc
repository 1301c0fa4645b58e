#include "engine/machines/tree_swap.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/made_folder.h"
#include "engine/io/system_error.h"
#include "engine/machines/running.h"
#include "engine/machines/tree_identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <utility>

namespace baker {
namespace {

// False where the machine runs.
bool exchange_trees(const OwnedMachines& owned, const std::string& machine) {
  const MachinePlaces& places = owned.places();
  const MachinePaths paths = places.of(machine);
  owned.check_ours(machine);
  const std::optional<NspawnLock> lock = NspawnLock::try_lock(places.machines, machine);
  if (!lock || runs_without_lock(places.machines, machine)) return false;
  const unsigned flags = path_exists(paths.tree) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, paths.next.c_str(), AT_FDCWD, paths.tree.c_str(), flags) != 0)
    throw system_error("cannot put machine \"" + machine + "\" in its place", places.machines);
  return true;
}

void take_next_settings(const MachinePlaces& places, const std::string& machine) {
  const MachinePaths paths = places.of(machine);
  if (!path_exists(paths.next_settings)) return;
  if (rename(paths.next_settings.c_str(), paths.tree_settings.c_str()) != 0)
    throw system_error("cannot keep the settings of machine \"" + machine + "\"", places.state);
}

void sync_file(const std::string& path) {
  const UniqueFd fd = open_or_throw(path, O_RDONLY);
  if (fsync(fd.get()) != 0) throw system_error("cannot sync " + path, path);
}

}  // namespace

std::string write_settings(const MachinePlaces& places, const std::string& machine) {
  const MachinePaths paths = places.of(machine);
  const std::string text = read_file(paths.tree_settings);
  make_marked_folder(places.nspawn, {.mode = 0755}, kEverybody);
  write_file_atomically(paths.settings, text, 0644, false);
  return file_signature(paths.settings);
}

bool is_half_swapped(const OwnedMachines& owned, const MachineState& machine) {
  return !machine.pending_tree.empty() &&
         tree_identity(owned.paths_of(machine.name).tree) == machine.pending_tree;
}

Placement swap_in(const OwnedMachines& owned, MachineState& machine) {
  if (!is_half_swapped(owned, machine) && !exchange_trees(owned, machine.name))
    return Placement::kPending;
  take_next_settings(owned.places(), machine.name);
  machine.settings = write_settings(owned.places(), machine.name);
  machine.key = std::exchange(machine.pending_key, {});
  machine.tree = std::exchange(machine.pending_tree, {});
  return Placement::kPlaced;
}

void sync_swaps(const MachinePlaces& places, const std::vector<std::string>& machines) {
  sync_folder(places.machines);
  for (const std::string& machine : machines) sync_file(places.of(machine).settings);
  sync_folder(places.nspawn);
}

}  // namespace baker
