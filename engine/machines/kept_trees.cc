// The tree that a machine had before, kept until the new one has proved itself.
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"
#include "engine/machines/machines.h"

#include <stdio.h>
#include <unistd.h>

namespace baker {
namespace {

void move_over(const std::string& from, const std::string& to) {
  if (!path_exists(from)) return;
  if (rename(from.c_str(), to.c_str()) != 0) throw system_error("cannot rename " + from, to);
}

}  // namespace

bool Machines::is_pending(const std::string& machine) const {
  auto known = state_.machines.find(machine);
  return known != state_.machines.end() && !known->second.pending_key.empty();
}

bool Machines::has_old(const std::string& machine) const {
  auto known = state_.machines.find(machine);
  return known != state_.machines.end() && !known->second.old_tree.empty() &&
         known->second.old_tree != tree_identity(tree_path(machine));
}

void Machines::swap_stopped(MachineState& machine) {
  if (swap_in(machine) == Placement::kPending)
    throw Error("machine \"" + machine.name + "\" runs again: somebody else has started it");
}

void Machines::keep_old(const MachineState& machine) {
  if (machine.old_tree.empty() || tree_identity(next_path(machine.name)) != machine.old_tree)
    return;
  remove_tree(old_path(machine.name));
  move_over(next_path(machine.name), old_path(machine.name));
}

void Machines::finish_swap(MachineState& machine) {
  keep_old(machine);
  if (machine.pending_tree.empty() ||
      tree_identity(tree_path(machine.name)) != machine.pending_tree)
    return;
  swap_in(machine);
  sync_swaps({machine.name});
  state_.save(places_.state);
}

std::string Machines::give_up(const std::string& machine, const std::string& tree) const {
  remove_tree(gone_path(machine));
  move_over(tree, gone_path(machine));
  return gone_path(machine);
}

void Machines::give_up_in_background(
    const std::vector<std::pair<std::string, std::string>>& trees) const {
  std::vector<std::string> given_up;
  for (const auto& [machine, tree] : trees) {
    try {
      given_up.push_back(give_up(machine, tree));
    } catch (const Error&) {
      // Whoever makes the next tree has to remove this one first, and says why that can't be.
    }
  }
  remove_trees_in_background(given_up);
}

void Machines::clear_next(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> trees;
  for (const std::string& name : names) {
    keep_old(state_.machines.at(name));
    trees.emplace_back(name, next_path(name));
  }
  give_up_in_background(trees);
}

// Where the tree that is replaced had not proved itself either, the one before it stays the old
// one.
void Machines::prepare_swap(const std::string& name) {
  MachineState& machine = state_.machines.at(name);
  if (has_old(name)) return;
  write_file_atomically(old_settings_path(name), read_file(kept_settings_path(name, false)));
  machine.old_key = machine.key;
  machine.old_tree = machine.tree;
  state_.save(places_.state);
}

void Machines::swap_keeping_old(const std::string& name) {
  prepare_swap(name);
  MachineState& machine = state_.machines.at(name);
  swap_stopped(machine);
  clear_next({name});
  sync_swaps({name});
  state_.save(places_.state);
}

void Machines::drop_old(const std::vector<std::string>& names) {
  std::vector<std::string> dropped;
  for (const std::string& name : names) {
    MachineState& machine = state_.machines.at(name);
    if (machine.old_tree.empty()) continue;
    machine.old_key.clear();
    machine.old_tree.clear();
    dropped.push_back(name);
  }
  state_.save(places_.state);
  std::vector<std::pair<std::string, std::string>> trees;
  for (const std::string& name : dropped) {
    unlink(old_settings_path(name).c_str());
    trees.emplace_back(name, old_path(name));
  }
  give_up_in_background(trees);
}

bool Machines::is_unproven(const std::string& name) const {
  auto known = state_.machines.find(name);
  return known != state_.machines.end() && known->second.unproven;
}

void Machines::set_unproven(const std::vector<std::string>& names, bool unproven) {
  for (const std::string& name : names) {
    if (auto known = state_.machines.find(name); known != state_.machines.end())
      known->second.unproven = unproven;
  }
  state_.save(places_.state);
}

// Each step can be done again after a crash: the old tree is at one of two places, and no longer
// known as the old one only when it is back.
void Machines::put_old_back(const std::string& name) {
  MachineState& machine = state_.machines.at(name);
  finish_swap(machine);
  clear_next({name});
  if (tree_identity(old_path(name)) != machine.old_tree)
    throw Error("the old tree of machine \"" + name + "\" is gone (" + old_path(name) + ")");
  write_file_atomically(kept_settings_path(name, true), read_file(old_settings_path(name)));
  machine.pending_key = machine.old_key;
  machine.pending_tree = machine.old_tree;
  state_.save(places_.state);
  move_over(old_path(name), next_path(name));
  swap_stopped(machine);
  sync_swaps({name});
  machine.old_key.clear();
  machine.old_tree.clear();
  state_.save(places_.state);
  remove_tree(next_path(name));
  unlink(old_settings_path(name).c_str());
}

}  // namespace baker
