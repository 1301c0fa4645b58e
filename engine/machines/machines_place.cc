// How prepared trees become machines, all of them together.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/machines/machines.h"
#include "engine/machines/start_drop_in.h"
#include "engine/machines/tree_identity.h"
#include "engine/machines/tree_swap.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {

void Machines::check_prepared(const PreparedMachine& prepared) const {
  owned_.check_ours(prepared.machine);
  const std::string expected = owned_.paths_of(prepared.machine).next;
  if (prepared.tree != expected)
    throw Error(
        fmt::format("the tree of machine \"{}\" is to be made in {}, and the stage made it in "
                    "\"{}\"",
                    prepared.machine, expected, prepared.tree));
  if (tree_identity(expected).empty())
    throw Error(
        fmt::format("the stage made no tree for machine \"{}\" ({})", prepared.machine, expected));
}

std::vector<Placement> Machines::place(const std::vector<PreparedMachine>& machines) {
  try {
    return place_all(machines);
  } catch (Error& error) {
    std::vector<std::string> stages;
    for (const PreparedMachine& prepared : machines) stages.push_back(prepared.stage);
    constexpr size_t kShown = 5;
    const size_t more = stages.size() - std::min(stages.size(), kShown);
    stages.resize(stages.size() - more);
    throw error.during("placing " + join(stages, ", ") +
                       (more > 0 ? fmt::format(" and {} more", more) : ""));
  }
}

std::vector<Placement> Machines::place_all(const std::vector<PreparedMachine>& machines) {
  const MachinePlaces& places = owned_.places();
  make_directories(places.state);
  for (const PreparedMachine& prepared : machines) owned_.claim(prepared.machine);
  for (const PreparedMachine& prepared : machines) check_prepared(prepared);
  for (const PreparedMachine& prepared : machines) prepare_to_place(prepared);
  sync_all(machines);
  for (const PreparedMachine& prepared : machines) {
    MachineState& machine = owned_.state().machines[prepared.machine];
    machine.name = prepared.machine;
    machine.stage = prepared.stage;
    machine.pending = {prepared.key, tree_identity(prepared.tree), prepared.method};
    for (const std::string& folder : prepared.data) owned_.state().data[folder] = prepared.machine;
  }
  owned_.save();
  std::vector<TreeMount> mounts = mounts_for(machines);
  std::vector<Placement> placements;
  std::vector<std::string> swapped;
  for (size_t i = 0; i < machines.size(); ++i) {
    const std::string& machine = machines[i].machine;
    placements.push_back(swap_in(owned_, owned_.state().machines[machine], std::move(mounts[i])));
    if (placements.back() == Placement::kPlaced) swapped.push_back(machine);
  }
  if (!swapped.empty()) sync_swaps(places, swapped);
  for (const std::string& machine : swapped) owned_.move(machine, MachineLife::kPlaced);
  owned_.save();
  have_systemd_mount(swapped);
  for (const std::string& machine : swapped) owned_.note_layers(machine);
  kept_.clear_next(swapped);
  return placements;
}

// Each file system once. What stands in the store is needed before a machine stands on it.
void Machines::sync_all(const std::vector<PreparedMachine>& machines) const {
  const MachinePlaces& places = owned_.places();
  sync_file_system(places.machines);
  if (!on_one_file_system(places.machines, places.state)) sync_file_system(places.state);
  const bool any_mounted = std::ranges::any_of(
      machines, [](const PreparedMachine& prepared) { return prepared.method == kMounted; });
  if (any_mounted && !on_one_file_system(places.machines, places.store))
    sync_file_system(places.store);
}

void Machines::prepare_to_place(const PreparedMachine& prepared) {
  const MachinePaths paths = owned_.paths_of(prepared.machine);
  write_file_atomically(paths.next_settings, prepared.settings, 0644, false);
  if (prepared.method != kMounted) return;
  const MachineState* known = owned_.find(prepared.machine);
  const std::uint32_t first_id = prepared.own_users && known ? known->first_id : 0;
  make_mountable(paths.next, {owned_.places().store, prepared.layers, first_id});
  owned_.note_layers(prepared.machine, prepared.layers);
}

// Nothing for those that are copied.
std::vector<TreeMount> Machines::mounts_for(const std::vector<PreparedMachine>& machines) const {
  std::vector<std::string> folders;
  for (const PreparedMachine& prepared : machines)
    if (prepared.method == kMounted) folders.push_back(prepared.tree);
  std::vector<TreeMount> made = make_tree_mounts(folders);
  std::vector<TreeMount> mounts;
  size_t next = 0;
  for (const PreparedMachine& prepared : machines)
    mounts.push_back(prepared.method == kMounted ? std::move(made[next++]) : TreeMount());
  return mounts;
}

}  // namespace baker
