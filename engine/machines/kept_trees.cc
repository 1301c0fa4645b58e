#include "engine/machines/kept_trees.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"
#include "engine/machines/tree_identity.h"
#include "engine/machines/tree_swap.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

namespace baker {
namespace {

void move_over(const std::string& from, const std::string& to) {
  if (!path_exists(from)) return;
  if (rename(from.c_str(), to.c_str()) != 0) throw system_error("cannot rename " + from, to);
}

}  // namespace

bool KeptTrees::has_old(const std::string& machine) const {
  const MachineState* known = owned_.find(machine);
  return known && known->old.exists() && known->old.identity != owned_.tree_at_place_of(machine);
}

void KeptTrees::swap_stopped(MachineState& machine) {
  if (swap_in(owned_, machine) == Placement::kPending)
    throw Error("machine \"" + machine.name + "\" runs again: somebody else has started it");
}

void KeptTrees::keep_old(const MachineState& machine) {
  const MachinePaths paths = owned_.paths_of(machine.name);
  if (!machine.old.exists() || tree_identity(paths.next) != machine.old.identity) return;
  remove_tree(paths.old);
  move_over(paths.next, paths.old);
}

void KeptTrees::finish_swap(MachineState& machine) {
  keep_old(machine);
  if (!is_half_swapped(owned_, machine)) return;
  swap_in(owned_, machine);
  sync_swaps(owned_.places(), {machine.name});
  owned_.save();
}

std::string KeptTrees::give_up(const std::string& machine, const std::string& tree) const {
  std::string gone = owned_.paths_of(machine).gone;
  remove_tree(gone);
  move_over(tree, gone);
  return gone;
}

void KeptTrees::give_up_in_background(
    const std::vector<std::pair<std::string, std::string>>& trees) const {
  std::vector<std::string> given_up;
  for (const auto& [machine, tree] : trees) {
    try {
      given_up.push_back(give_up(machine, tree));
    } catch (const Error&) {
      // The next baker tries it again, and says why it can't be.
    }
  }
  remove_trees_in_background(given_up, owned_.take_given_up());
}

std::vector<std::string> KeptTrees::remove_left(std::int64_t untouched) const {
  std::vector<std::string> left;
  for (const auto& [name, machine] : owned_.state().machines) {
    const std::string gone = owned_.paths_of(name).gone;
    struct stat status;
    if (lstat(gone.c_str(), &status) != 0 || time(nullptr) - status.st_ctime < untouched) continue;
    try {
      remove_tree(gone);
    } catch (const Error& error) {
      left.push_back("an old tree of machine \"" + name + "\" is left: " + error.describe());
    }
  }
  return left;
}

void KeptTrees::clear_next(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> trees;
  for (const std::string& name : names) {
    keep_old(at(name));
    trees.emplace_back(name, owned_.paths_of(name).next);
  }
  give_up_in_background(trees);
}

// Where the tree that is replaced had not proved itself either, the one before it stays the old
// one.
void KeptTrees::prepare_swap(const std::string& name) {
  if (has_old(name)) return;
  MachineState& machine = at(name);
  const MachinePaths paths = owned_.paths_of(name);
  write_file_atomically(paths.old_settings, read_file(paths.tree_settings));
  machine.old = machine.placed;
  owned_.save();
}

void KeptTrees::swap(const std::string& name) {
  prepare_swap(name);
  swap_stopped(at(name));
  clear_next({name});
  sync_swaps(owned_.places(), {name});
  owned_.save();
}

void KeptTrees::drop_old() {
  std::vector<std::string> dropped;
  for (auto& [name, machine] : owned_.state().machines) {
    if (!machine.old.exists()) continue;
    machine.old = {};
    dropped.push_back(name);
  }
  owned_.save();
  std::vector<std::pair<std::string, std::string>> trees;
  for (const std::string& name : dropped) {
    const MachinePaths paths = owned_.paths_of(name);
    unlink(paths.old_settings.c_str());
    trees.emplace_back(name, paths.old);
  }
  give_up_in_background(trees);
  for (const std::string& name : dropped) owned_.note_layers(name);
}

// Each step can be done again after a crash: the old tree is at one of two places, and no longer
// known as the old one only when it is back.
void KeptTrees::put_old_back(const std::string& name) {
  MachineState& machine = at(name);
  const MachinePaths paths = owned_.paths_of(name);
  finish_swap(machine);
  clear_next({name});
  if (tree_identity(paths.old) != machine.old.identity)
    throw Error("the old tree of machine \"" + name + "\" is gone (" + paths.old + ")");
  write_file_atomically(paths.next_settings, read_file(paths.old_settings));
  machine.pending = machine.old;
  owned_.save();
  move_over(paths.old, paths.next);
  swap_stopped(machine);
  sync_swaps(owned_.places(), {name});
  machine.old = {};
  owned_.save();
  remove_tree(paths.next);
  unlink(paths.old_settings.c_str());
  owned_.note_layers(name);
}

}  // namespace baker
