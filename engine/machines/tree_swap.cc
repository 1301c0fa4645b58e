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

TreeMount mount_of(const std::string& folder) {
  return std::move(make_tree_mounts({folder}).front());
}

// Waiting tree and machine change places, or the first becomes the second.
void exchange(const MachinePaths& paths, bool both) {
  if (renameat2(AT_FDCWD, paths.next.c_str(), AT_FDCWD, paths.tree.c_str(),
                both ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0)
    throw system_error("cannot exchange " + paths.tree + " and " + paths.next, paths.tree);
}

// What was mounted before is mounted again where the new tree can't take its place.
void exchange_mounted(OwnedMachines& owned, const std::string& machine, const TreeMount& mount) {
  const MachinePaths paths = owned.paths_of(machine);
  const bool both = path_exists(paths.tree);
  TreeMount before = owned.unmount_at_place_of(machine);
  bool exchanged = false;
  try {
    exchange(paths, both);
    exchanged = true;
    if (mount.mount.valid()) owned.mount_at_place_of(machine, mount);
  } catch (const Error&) {
    if (exchanged && both) exchange(paths, both);
    if (before.mount.valid()) owned.mount_at_place_of(machine, before);
    throw;
  }
  owned.give_up(std::move(before));
}

// False where the machine runs.
bool exchange_trees(OwnedMachines& owned, const std::string& machine, const TreeMount& mount) {
  const MachinePlaces& places = owned.places();
  owned.check_ours(machine);
  const std::optional<NspawnLock> lock = NspawnLock::try_lock(places.machines, machine);
  if (!lock || runs_without_lock(places.machines, machine)) return false;
  try {
    exchange_mounted(owned, machine, mount);
  } catch (Error& error) {
    throw error.during("putting machine \"" + machine + "\" in its place");
  }
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
  return !machine.pending.identity.empty() &&
         owned.tree_at_place_of(machine.name) == machine.pending.identity;
}

void mount_again(OwnedMachines& owned, const MachineState& machine) {
  const MachinePlaces& places = owned.places();
  const std::string tree = places.of(machine.name).tree;
  const std::optional<NspawnLock> lock = NspawnLock::try_lock(places.machines, machine.name);
  owned.unmount_at_place_of(machine.name);  // of layers that are gone
  const TreeMount mount = lock ? mount_of(tree) : mount_of_running_machine(tree);
  if (mount.mount.valid())
    owned.mount_at_place_of(machine.name, mount);
  else
    owned.note(
        "machine \"" + machine.name + "\" runs, and its tree is not mounted at " + tree +
        " any more: somebody unmounted it. It is mounted again once the machine has stopped");
}

Placement swap_in(OwnedMachines& owned, MachineState& machine, TreeMount mount) {
  const MachinePaths paths = owned.paths_of(machine.name);
  if (is_half_swapped(owned, machine)) {
    if (machine.pending.method == kMounted && !owned.mounted_at_place_of(machine.name))
      owned.mount_at_place_of(machine.name, mount_of(paths.tree));
  } else {
    if (machine.pending.method == kMounted && !mount.mount.valid()) mount = mount_of(paths.next);
    if (!exchange_trees(owned, machine.name, mount)) return Placement::kPending;
  }
  take_next_settings(owned.places(), machine.name);
  machine.settings = write_settings(owned.places(), machine.name);
  machine.placed = std::exchange(machine.pending, {});
  return Placement::kPlaced;
}

// Above some number of files one sync of their file system takes less time than one of each.
void sync_swaps(const MachinePlaces& places, const std::vector<std::string>& machines) {
  constexpr size_t kFew = 8;
  sync_folder(places.machines);
  if (machines.size() > kFew) return sync_file_system(places.nspawn);
  for (const std::string& machine : machines) sync_file(places.of(machine).settings);
  sync_folder(places.nspawn);
}

}  // namespace baker
