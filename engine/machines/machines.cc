#include "engine/machines/machines.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/btrfs.h"
#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"
#include "engine/machines/bound_paths.h"
#include "engine/machines/id_ranges.h"
#include "engine/machines/running.h"
#include "engine/machines/start_drop_in.h"
#include "engine/machines/tree_identity.h"
#include "engine/machines/tree_swap.h"

#include <fmt/core.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace baker {

Machines::Machines(const MachinePlaces& places, PipelineState& state, const PipelineLock* lock,
                   PlaceWishes wishes)
    : owned_(places, state, lock), placing_(places, std::move(wishes)) {}

void Machines::check_ownership(const Pipeline& pipeline) const {
  for (const Stage& stage : pipeline.stages) {
    const std::string machine = machine_of(stage);
    if (machine.empty()) continue;
    try {
      owned_.check_ours(machine);
      const std::string settings = owned_.paths_of(machine).settings;
      const MachineState* known = owned_.find(machine);
      if (!(known && known->has_tree()) && path_exists(settings))
        throw Error(settings +
                    " exists and was not written by this pipeline: remove it, or give the machine "
                    "another name");
    } catch (Error& error) {
      throw error.during("stage " + stage.name);
    }
  }
}

// systemd keeps other users than root out of /var/lib/machines.
bool Machines::can_look() const {
  return access(owned_.places().machines.c_str(), X_OK) == 0 || errno != EACCES;
}

bool Machines::in_place(const Stage& stage, const std::string& key,
                        const std::vector<std::string>& layers) const {
  const MachineState* known = owned_.find(machine_of(stage));
  if (!known || known->placed.key != key || known->stage != stage.name) return false;
  if (!placing_.satisfies_call(known->placed.method)) return false;
  if (!can_look()) return true;
  const MachinePaths paths = owned_.paths_of(known->name);
  return !known->pending.exists() && known->placed.exists() && !known->settings.empty() &&
         owned_.tree_at_place_of(known->name) == known->placed.identity &&
         stands_on(*known, layers) && file_signature(paths.settings) == known->settings;
}

bool Machines::stands_on(const MachineState& machine,
                         const std::vector<std::string>& layers) const {
  if (machine.placed.method != kMounted) return true;
  const std::optional<MountedTree> mounted = owned_.mounted_at_place_of(machine.name);
  return mounted && !mounted->ground.empty() && mounted->ground == ground_of(layers);
}

std::string Machines::ground_of(const std::vector<std::string>& layers) const {
  return baker::ground_of(owned_.places().store, layers);
}

std::uint32_t Machines::first_id(const Stage& stage) const {
  const MachineState* known = owned_.find(machine_of(stage));
  return known ? known->first_id : 0;
}

std::string Machines::changed_by_hand(const Stage& stage) const {
  const MachineState* known = owned_.find(machine_of(stage));
  if (!known || known->placed.identity.empty() || !can_look()) return "";
  const MachinePaths paths = owned_.paths_of(known->name);
  const std::string tree = owned_.tree_at_place_of(known->name);
  if (tree.empty()) return paths.tree + " is gone";
  if (tree != known->placed.identity && tree != known->pending.identity)
    return paths.tree + " was replaced by hand";
  return settings_changed_by_hand(*known);
}

std::string Machines::settings_changed_by_hand(const MachineState& machine) const {
  const MachinePaths paths = owned_.paths_of(machine.name);
  const std::string settings = file_signature(paths.settings);
  if (settings.empty()) return paths.settings + " is gone";
  return settings == machine.settings ? "" : paths.settings + " was changed by hand";
}

void Machines::expect(const Pipeline& pipeline) {
  owned_.remove_left_claims();
  for (const std::string& machine : no_longer_described(pipeline))
    if (!is_placed(machine)) remove(machine);
  bool any = false;
  for (const Stage& stage : pipeline.stages) {
    const std::string machine = machine_of(stage);
    if (machine.empty() || owned_.find(machine)) continue;
    MachineState& expected = owned_.state().machines[machine];
    expected.name = machine;
    expected.stage = stage.name;
    any = true;
  }
  choose_ids();
  if (any) owned_.save();
}

// Once for all times: what a machine has written belongs to them.
void Machines::choose_ids() {
  std::set<std::uint32_t> taken;
  bool all_chosen = true;
  for (const auto& [name, machine] : owned_.state().machines) {
    all_chosen = all_chosen && machine.first_id != 0;
    taken.insert(machine.first_id);
  }
  if (all_chosen) return;
  taken.merge(owned_.ids_of_others());
  for (auto& [name, machine] : owned_.state().machines) {
    if (machine.first_id != 0) continue;
    try {
      machine.first_id = free_ids(name, taken);
    } catch (const Error& error) {
      why_no_ids_ = error.describe();
      return;
    }
    taken.insert(machine.first_id);
  }
}

bool Machines::any_is_mounted() const {
  return std::ranges::any_of(owned_.state().machines, [this](const auto& machine) {
    return owned_.mounted_at_place_of(machine.first).has_value();
  });
}

PlaceChoice Machines::choose_place(const Stage& stage) {
  if (!placing_.knows_whether_mounts_work() && any_is_mounted()) placing_.know_that_mounts_work();
  return placing_.choose(stage, first_id(stage) == 0 ? why_no_ids_ : "");
}

std::optional<Placement> Machines::settle(const Stage& stage, const std::string& key,
                                          const std::vector<std::string>& layers) {
  owned_.claim(machine_of(stage));
  auto found = owned_.state().machines.find(machine_of(stage));
  if (found == owned_.state().machines.end() || found->second.stage != stage.name)
    return std::nullopt;
  MachineState& machine = found->second;
  kept_.finish_swap(machine);
  const MachinePaths paths = owned_.paths_of(machine.name);
  const std::string tree = owned_.tree_at_place_of(machine.name);
  if (machine.pending.key == key && !key.empty() &&
      placing_.satisfies_call(machine.pending.method) &&
      tree_identity(paths.next) == machine.pending.identity) {
    const Placement outcome = swap_in(owned_, machine);
    if (outcome == Placement::kPlaced) {
      sync_swaps(owned_.places(), {machine.name});
      owned_.move(machine.name, MachineLife::kPlaced);
    }
    owned_.save();
    if (outcome == Placement::kPlaced) kept_.clear_next({machine.name});
    return outcome;
  }
  if (machine.placed.key != key || tree != machine.placed.identity || tree.empty() ||
      !path_exists(paths.tree_settings) || !placing_.satisfies_call(machine.placed.method))
    return std::nullopt;
  if (!stands_on(machine, layers)) {
    const bool on_others = owned_.mounted_at_place_of(machine.name).has_value();
    if (on_others && is_running(owned_.places().machines, machine.name)) return std::nullopt;
    mount_again(owned_, machine);
  }
  // A tree that waited for another key is no longer wanted; edited settings are written again.
  machine.settings = write_settings(owned_.places(), machine.name);
  machine.pending = {};
  sync_swaps(owned_.places(), {machine.name});
  owned_.save();
  remove_tree(paths.next);
  return Placement::kPlaced;
}

std::string Machines::tree_for_snapshot(const Stage& stage, const std::string& merged_root) {
  const std::string next = owned_.paths_of(machine_of(stage)).next;
  try {
    owned_.claim(machine_of(stage));
  } catch (const Error&) {
    return "";  // it is said when it is this machine's turn
  }
  return !path_exists(next) && same_btrfs(merged_root, owned_.places().machines) ? next : "";
}

void Machines::discard(const Stage& stage) {
  const std::string machine = machine_of(stage);
  if (!owned_.has_claimed(machine)) return;  // nothing was begun
  const MachineState* known = owned_.find(machine);
  const std::string next = owned_.paths_of(machine).next;
  const bool waits =
      known && known->pending.exists() && known->pending.identity == tree_identity(next);
  if (!waits) remove_tree(next);
}

bool Machines::is_placed(const std::string& machine) const {
  const MachineState* known = owned_.find(machine);
  return known && known->has_tree();
}

bool Machines::is_pending(const std::string& machine) const {
  const MachineState* known = owned_.find(machine);
  return known && known->pending.exists();
}

bool Machines::is_half_swapped(const std::string& machine) const {
  const MachineState* known = owned_.find(machine);
  return known && baker::is_half_swapped(owned_, *known);
}

void Machines::complete(const std::string& machine) {
  if (is_half_swapped(machine)) kept_.finish_swap(owned_.state().machines.at(machine));
  const MachineState* known = owned_.find(machine);
  if (!known) return;
  if (owned_.lacks_mount(*known)) mount_again(owned_, *known);
  have_systemd_mount({machine});
}

void Machines::mount(const std::string& machine) {
  const MachineState* known = owned_.find(machine);
  if (!known || !owned_.lacks_mount(*known)) return;
  if (owned_.tree_at_place_of(machine) != known->placed.identity)
    throw Error("machine \"" + machine +
                "\" is in the middle of a change, or its tree was replaced: "
                "`baker status` tells, and `baker up` ends a change");
  mount_again(owned_, *known);
}

void Machines::have_systemd_mount(const std::vector<std::string>& machines) const {
  if (!systemd_knows(owned_.places().machines, owned_.places().nspawn)) return;
  const std::string program = link_target("/proc/self/exe");
  bool any = false;
  for (const std::string& machine : machines) {
    const bool mounted = owned_.find(machine)->placed.method == kMounted;
    any = (mounted ? write_start_drop_in(owned_.places(), machine, program)
                   : remove_start_drop_in(machine)) ||
          any;
  }
  if (any) have_units_read();
}

std::vector<std::string> Machines::missing_binds(const std::string& machine) const {
  std::vector<std::string> paths =
      bound_paths(read_file_if_exists(owned_.paths_of(machine).settings).value_or(""));
  std::erase_if(paths, path_exists);
  return paths;
}

std::vector<std::string> Machines::no_longer_described(const Pipeline& pipeline) const {
  std::set<std::string> described;
  for (const Stage& stage : pipeline.stages) described.insert(machine_of(stage));
  std::vector<std::string> others;
  for (const auto& [name, machine] : owned_.state().machines)
    if (!described.contains(name)) others.push_back(name);
  return others;
}

// Touched, but with the text that baker wrote, they are baker's.
std::string Machines::remove_settings(const MachineState& machine) const {
  const MachinePaths paths = owned_.paths_of(machine.name);
  const std::optional<std::string> found = read_file_if_exists(paths.settings);
  if (!found || machine.settings.empty()) return "";
  const bool is_ours = file_signature(paths.settings) == machine.settings ||
                       found == read_file_if_exists(paths.tree_settings);
  if (is_ours) {
    remove_file(paths.settings);
    return "";
  }
  const std::string kept = paths.settings + ".changed-by-hand";
  if (rename(paths.settings.c_str(), kept.c_str()) != 0)
    throw system_error("cannot move " + paths.settings + " away", paths.settings);
  return kept;
}

std::string Machines::remove(const std::string& machine) {
  const MachineState* known = owned_.find(machine);
  if (!known) return "";
  if (!known->has_tree() && !owned_.other_owner(machine).empty()) {
    owned_.state().machines.erase(machine);  // another pipeline was faster
    owned_.save();
    return "";
  }
  owned_.claim(machine);
  owned_.check_ours(machine);
  const MachinePlaces& places = owned_.places();
  const MachinePaths paths = owned_.paths_of(machine);
  std::string kept;
  {
    const std::optional<NspawnLock> lock = NspawnLock::try_lock(places.machines, machine);
    if (!lock || runs_without_lock(places.machines, machine))
      throw Error("machine \"" + machine + "\" is running: stop it first");
    kept = remove_settings(*known);
    owned_.unmount_at_place_of(machine);
    // It stands, or it does not: whoever dies on the way leaves no half of it in its place.
    remove_tree(kept_.give_up(machine, paths.tree));
    for (const std::string& tree : {paths.next, apart_folder(paths.next), paths.old})
      remove_tree(tree);
    remove_file(places.machines + "/.#" + machine + ".lck");
  }
  if (systemd_knows(places.machines, places.nspawn) && remove_start_drop_in(machine))
    have_units_read();
  for (const std::string& file : {paths.old_settings, paths.tree_settings, paths.next_settings})
    remove_file(file);
  sync_file_system(places.machines);
  if (path_exists(places.nspawn)) sync_folder(places.nspawn);
  owned_.release(machine);
  owned_.state().machines.erase(machine);
  owned_.save();
  owned_.note_layers(machine);
  owned_.unshare_machines_folder();
  return kept;
}

// Only root gets at the layers.
std::string Machines::trouble_with(const MachineState& machine) const {
  if (machine.placed.method != kMounted || geteuid() != 0) return "";
  const TreeLayers tree = layers_of(owned_.folder_below_mount(machine.name));
  if (const std::string missing = missing_layer(tree); !missing.empty())
    return "layer " + missing + " below it is gone from " + tree.store +
           ": the next run bakes it again";
  if (!owned_.lacks_mount(machine)) return "";
  return "its tree is not mounted: the next up does it";
}

std::vector<Machines::Report> Machines::report() const {
  std::vector<Report> reports;
  for (const auto& [name, machine] : owned_.state().machines) {
    const std::string found = owned_.tree_at_place_of(name);
    reports.push_back(
        {.name = name,
         .stage = machine.stage,
         .exists = (machine.has_tree() && !found.empty()) || !can_look(),
         .ours =
             found.empty() || found == machine.placed.identity || found == machine.pending.identity,
         .running = machine.has_tree() && is_running(owned_.places().machines, name),
         .pending = machine.pending.exists() && found != machine.pending.identity,
         .trouble = found.empty() || found != machine.placed.identity ? "" : trouble_with(machine),
         .changed_by_hand = found.empty() || found != machine.placed.identity
                                ? ""
                                : settings_changed_by_hand(machine),
         .life = machine.life,
         .method = machine.placed.method});
  }
  return reports;
}

}  // namespace baker
