#include "engine/machines/owned_machines.h"

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/machines/tree_identity.h"

#include <fmt/core.h>
#include <unistd.h>

namespace baker {

OwnedMachines::OwnedMachines(MachinePlaces places, PipelineState& state, const PipelineLock* lock)
    : places_(std::move(places)), state_(state), lock_(lock) {}

OwnedMachines::~OwnedMachines() {
  for (const auto& [machine, lock] : claims_) unlink(paths_of(machine).claim.c_str());
}

const MachineState* OwnedMachines::find(const std::string& machine) const {
  const auto found = state_.machines.find(machine);
  return found == state_.machines.end() ? nullptr : &found->second;
}

void OwnedMachines::move(const std::string& machine, MachineLife life) {
  check(life != MachineLife::kExpected, "a machine is expected before all else");
  state_.machines.at(machine).life = life;
}

void OwnedMachines::save() const {
  check(lock_ != nullptr, "machines change only while their pipeline is locked");
  state_.save(*lock_);
}

std::string OwnedMachines::other_owner(const std::string& machine) const {
  const std::string folder = parent_path(places_.state);
  for (const std::string& name : list_directory(folder)) {
    if (folder + "/" + name == places_.state) continue;
    const std::optional<PipelineState> other = PipelineState::load(folder + "/" + name);
    if (!other) continue;
    const auto found = other->machines.find(machine);
    if (found != other->machines.end() && found->second.has_tree())
      return fmt::format("\"{}\" ({})", name, other->file);
  }
  return "";
}

void OwnedMachines::check_ours(const std::string& machine) const {
  const std::string tree = paths_of(machine).tree;
  const std::string found = tree_identity(tree);
  if (found.empty()) return;
  const MachineState* known = find(machine);
  if (known && (found == known->tree || found == known->pending_tree)) return;
  if (known && !known->tree.empty())
    throw Error(
        fmt::format("the tree of machine \"{}\" ({}) is not the one that baker placed: somebody "
                    "replaced it. Move it away, and the next run places the machine again",
                    machine, tree));
  const std::string owner = other_owner(machine);
  if (owner.empty())
    throw Error(
        fmt::format("machine \"{}\" exists ({}) and was not made by this pipeline: give the "
                    "machine another name, or remove it yourself",
                    machine, tree));
  throw Error(
      fmt::format("machine \"{}\" exists ({}) and belongs to the pipeline {}: give one of the two "
                  "another name, or destroy that pipeline",
                  machine, tree, owner));
}

void OwnedMachines::release(const std::string& machine) {
  remove_file(paths_of(machine).claim);
  claims_.erase(machine);
}

void OwnedMachines::remove_left_claims() const {
  for (const auto& [machine, known] : state_.machines) {
    const std::string path = paths_of(machine).claim;
    if (claims_.contains(machine) || !path_exists(path)) continue;
    if (FileLock::try_lock(path, FileLock::Mode::kExclusive)) remove_file(path);
  }
}

void OwnedMachines::claim(const std::string& machine) {
  if (machine.empty() || claims_.contains(machine)) return;
  make_directories(places_.machines);
  std::optional<FileLock> lock =
      FileLock::try_lock(paths_of(machine).claim, FileLock::Mode::kExclusive);
  if (!lock)
    throw Error(
        fmt::format("another pipeline makes a machine \"{}\" at this moment: give one of the two "
                    "another name",
                    machine));
  claims_.emplace(machine, *std::move(lock));
  check_ours(machine);
}

}  // namespace baker
