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
  return known != state_.machines.end() && !known->second.old_tree.empty();
}

void Machines::swap_stopped(MachineState& machine) {
  if (swap_in(machine) == Placement::kPending)
    throw Error("machine \"" + machine.name + "\" runs again: somebody else has started it");
}

void Machines::swap_keeping_old(const std::string& name) {
  MachineState& machine = state_.machines.at(name);
  write_file_atomically(old_settings_path(name), read_file(kept_settings_path(name, false)));
  remove_tree(old_path(name));
  machine.old_key = machine.key;
  machine.old_tree = machine.tree;
  state_.save(places_.state);
  swap_stopped(machine);
  move_over(next_path(name), old_path(name));
  sync_swaps({name});
  state_.save(places_.state);
}

void Machines::drop_old(const std::string& name) {
  MachineState& machine = state_.machines.at(name);
  machine.old_key.clear();
  machine.old_tree.clear();
  state_.save(places_.state);
  remove_tree(old_path(name));
  unlink(old_settings_path(name).c_str());
}

void Machines::put_old_back(const std::string& name) {
  MachineState& machine = state_.machines.at(name);
  if (!path_exists(old_path(name)))
    throw Error("the old tree of machine \"" + name + "\" is gone (" + old_path(name) + ")");
  remove_tree(next_path(name));
  move_over(old_path(name), next_path(name));
  move_over(old_settings_path(name), kept_settings_path(name, true));
  machine.pending_key = std::exchange(machine.old_key, {});
  machine.pending_tree = std::exchange(machine.old_tree, {});
  state_.save(places_.state);
  swap_stopped(machine);
  sync_swaps({name});
  state_.save(places_.state);
  remove_tree(next_path(name));
}

}  // namespace baker
