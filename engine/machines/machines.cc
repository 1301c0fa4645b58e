#include "engine/machines/machines.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/btrfs.h"
#include "engine/io/files.h"
#include "engine/io/made_folder.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"
#include "engine/machines/bound_paths.h"
#include "engine/machines/running.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace baker {
namespace {

std::optional<struct statx> status_of(const std::string& path) {
  struct statx status;
  if (statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
            &status) != 0)
    return std::nullopt;
  return status;
}

// Tells whether a file was touched.
std::string file_signature(const std::string& path) {
  std::optional<struct statx> status = status_of(path);
  if (!status) return "";
  const auto& [changed, noted] = std::pair(status->stx_mtime, status->stx_ctime);
  return fmt::format("{}:{}:{}.{}:{}.{}", status->stx_ino, status->stx_size, changed.tv_sec,
                     changed.tv_nsec, noted.tv_sec, noted.tv_nsec);
}

bool on_one_file_system(const std::string& a, const std::string& b) {
  struct stat first, second;
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev;
}

void sync_one(const std::string& path) {
  UniqueFd fd = open_or_throw(path, O_RDONLY);
  if (fsync(fd.get()) != 0) throw system_error("cannot sync " + path, path);
}

}  // namespace

Machines::Machines(MachinePlaces places, PipelineState& state)
    : places_(std::move(places)), state_(state) {}

Machines::~Machines() {
  for (const auto& [machine, lock] : claims_) unlink(claim_path(machine).c_str());
}

// Inode numbers are used again, birth times are not; every subvolume has the same inode number, and
// a snapshot the birth time of its source. What a running machine does inside does not change it,
// nor does a boot, as it does the number of a device.
std::string Machines::tree_identity(const std::string& path) {
  std::optional<struct statx> status = status_of(path);
  if (!status) return "";
  const std::string subvolume = subvolume_id(path);
  return fmt::format("{}:{}.{}", subvolume.empty() ? std::to_string(status->stx_ino) : subvolume,
                     status->stx_btime.tv_sec, status->stx_btime.tv_nsec);
}

std::string Machines::tree_path(const std::string& machine) const {
  return places_.machines + "/" + machine;
}
std::string Machines::next_path(const std::string& machine) const {
  return places_.machines + "/." + machine + ".baker-next";
}
std::string Machines::old_path(const std::string& machine) const {
  return places_.machines + "/." + machine + ".baker-old";
}
std::string Machines::gone_path(const std::string& machine) const {
  return places_.machines + "/." + machine + ".baker-gone";
}
std::string Machines::claim_path(const std::string& machine) const {
  return places_.machines + "/." + machine + ".baker-lock";
}
std::string Machines::old_settings_path(const std::string& machine) const {
  return places_.state + "/" + machine + ".nspawn.old";
}
std::string Machines::settings_path(const std::string& machine) const {
  return places_.nspawn + "/" + machine + ".nspawn";
}
std::string Machines::kept_settings_path(const std::string& machine, bool next) const {
  return places_.state + "/" + machine + (next ? ".nspawn.next" : ".nspawn");
}

// Its name and its file, by the states that lie beside this pipeline's.
std::string Machines::owner_of(const std::string& machine) const {
  const std::string folder = parent_path(places_.state);
  for (const std::string& name : list_directory(folder)) {
    const std::optional<PipelineState> other = PipelineState::load(folder + "/" + name);
    if (other && other->machines.contains(machine)) return "\"" + name + "\" (" + other->file + ")";
  }
  return "";
}

void Machines::check_ours(const std::string& machine) const {
  const std::string found = tree_identity(tree_path(machine));
  if (found.empty()) return;
  auto known = state_.machines.find(machine);
  if (known == state_.machines.end()) {
    const std::string owner = owner_of(machine);
    throw Error("machine \"" + machine + "\" exists (" + tree_path(machine) + ") and " +
                (owner.empty()
                     ? "was not made by this pipeline: give the machine another name, or "
                       "remove it yourself"
                     : "belongs to the pipeline " + owner +
                           ": give one of the two another name, or destroy that pipeline"));
  }
  if (found != known->second.tree && found != known->second.pending_tree) {
    throw Error("the tree of machine \"" + machine + "\" (" + tree_path(machine) +
                ") is not the one that baker placed: somebody replaced it. Move it away, and the "
                "next run places the machine again");
  }
}

void Machines::claim(const std::string& machine) {
  if (machine.empty() || claims_.contains(machine)) return;
  make_directories(places_.machines);
  std::optional<FileLock> lock =
      FileLock::try_lock(claim_path(machine), FileLock::Mode::kExclusive);
  if (!lock)
    throw Error("another pipeline makes a machine \"" + machine +
                "\" at this moment: give one of the two another name");
  claims_.emplace(machine, *std::move(lock));
  check_ours(machine);
}

void Machines::check_prepared(const PreparedMachine& prepared) const {
  check_ours(prepared.machine);
  const std::string expected = next_path(prepared.machine);
  if (prepared.tree != expected)
    throw Error("the tree of machine \"" + prepared.machine + "\" is to be made in " + expected +
                ", and the stage made it in \"" + prepared.tree + "\"");
  if (tree_identity(expected).empty())
    throw Error("the stage made no tree for machine \"" + prepared.machine + "\" (" + expected +
                ")");
}

void Machines::check_ownership(const Pipeline& pipeline) const {
  for (const Stage& stage : pipeline.stages) {
    const std::string machine = machine_of(stage);
    if (machine.empty()) continue;
    try {
      check_ours(machine);
      if (!state_.machines.contains(machine) && path_exists(settings_path(machine))) {
        throw Error(settings_path(machine) +
                    " exists and was not written by this pipeline: remove it, or give the machine "
                    "another name");
      }
    } catch (Error& error) {
      throw error.during("stage " + stage.name);
    }
  }
}

// systemd keeps other users than root out of /var/lib/machines.
bool Machines::can_look() const {
  return access(places_.machines.c_str(), X_OK) == 0 || errno != EACCES;
}

bool Machines::in_place(const Stage& stage, const std::string& key) const {
  auto known = state_.machines.find(machine_of(stage));
  if (known == state_.machines.end()) return false;
  const MachineState& machine = known->second;
  if (!can_look()) return machine.key == key && machine.stage == stage.name;
  return machine.pending_key.empty() && machine.key == key && machine.stage == stage.name &&
         tree_identity(tree_path(machine.name)) == machine.tree &&
         file_signature(settings_path(machine.name)) == machine.settings;
}

std::string Machines::changed_by_hand(const Stage& stage) const {
  auto known = state_.machines.find(machine_of(stage));
  if (known == state_.machines.end() || !can_look()) return "";
  const MachineState& machine = known->second;
  const std::string tree = tree_identity(tree_path(machine.name));
  if (tree.empty()) return tree_path(machine.name) + " is gone";
  if (tree != machine.tree && tree != machine.pending_tree)
    return tree_path(machine.name) + " was replaced by hand";
  const std::string settings = file_signature(settings_path(machine.name));
  if (settings.empty()) return settings_path(machine.name) + " is gone";
  return settings == machine.settings ? "" : settings_path(machine.name) + " was changed by hand";
}

void Machines::write_settings(MachineState& machine) {
  const std::string text = read_file(kept_settings_path(machine.name, false));
  make_marked_folder(places_.nspawn, 0, 0, 0755);
  write_file_atomically(settings_path(machine.name), text, 0644, false);
  machine.settings = file_signature(settings_path(machine.name));
}

// The tree that waits becomes the machine, or goes on waiting where the machine runs.
Placement Machines::swap_in(MachineState& machine) {
  const std::string tree = tree_path(machine.name);
  const std::string next = next_path(machine.name);
  if (tree_identity(tree) != machine.pending_tree) {  // else it is swapped, and that is all
    check_ours(machine.name);
    std::optional<NspawnLock> lock = NspawnLock::try_lock(places_.machines, machine.name);
    if (!lock || runs_without_lock(places_.machines, machine.name)) return Placement::kPending;
    const unsigned flags = path_exists(tree) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, next.c_str(), AT_FDCWD, tree.c_str(), flags) != 0) {
      throw system_error("cannot put machine \"" + machine.name + "\" in its place",
                         places_.machines);
    }
  }
  if (path_exists(kept_settings_path(machine.name, true)) &&
      rename(kept_settings_path(machine.name, true).c_str(),
             kept_settings_path(machine.name, false).c_str()) != 0) {
    throw system_error("cannot keep the settings of machine \"" + machine.name + "\"",
                       places_.state);
  }
  machine.key = std::exchange(machine.pending_key, {});
  machine.tree = std::exchange(machine.pending_tree, {});
  write_settings(machine);
  return Placement::kPlaced;
}

void Machines::sync_swaps(const std::vector<std::string>& machines) const {
  sync_one(places_.machines);
  for (const std::string& machine : machines) sync_one(settings_path(machine));
  sync_one(places_.nspawn);
}

std::optional<Placement> Machines::settle(const Stage& stage, const std::string& key) {
  claim(machine_of(stage));
  auto known = state_.machines.find(machine_of(stage));
  if (known == state_.machines.end() || known->second.stage != stage.name) return std::nullopt;
  MachineState& machine = known->second;
  finish_swap(machine);
  std::optional<Placement> outcome;
  const std::string found = tree_identity(tree_path(machine.name));
  if (machine.pending_key == key && !key.empty() &&
      tree_identity(next_path(machine.name)) == machine.pending_tree) {
    outcome = swap_in(machine);
    if (outcome == Placement::kPlaced) sync_swaps({machine.name});
    state_.save(places_.state);
    if (outcome == Placement::kPlaced) clear_next({machine.name});
  } else if (machine.key == key && found == machine.tree && !found.empty() &&
             path_exists(kept_settings_path(machine.name, false))) {
    // A tree that waited for another key is no longer wanted; edited settings are written again.
    machine.pending_key.clear();
    machine.pending_tree.clear();
    write_settings(machine);
    sync_swaps({machine.name});
    state_.save(places_.state);
    remove_tree(next_path(machine.name));
    outcome = Placement::kPlaced;
  }
  return outcome;
}

std::string Machines::tree_for_snapshot(const Stage& stage, const std::string& merged_root) {
  const std::string next = next_path(machine_of(stage));
  try {
    claim(machine_of(stage));
  } catch (const Error&) {
    return "";  // it is said when it is this machine's turn
  }
  return !path_exists(next) && same_btrfs(merged_root, places_.machines) ? next : "";
}

std::vector<Placement> Machines::place(const std::vector<PreparedMachine>& machines) {
  try {
    return place_all(machines);
  } catch (Error& error) {
    std::vector<std::string> stages;
    for (const PreparedMachine& prepared : machines) stages.push_back(prepared.stage);
    throw error.during("placing " + join(stages, ", "));
  }
}

std::vector<Placement> Machines::place_all(const std::vector<PreparedMachine>& machines) {
  make_directories(places_.state);
  for (const PreparedMachine& prepared : machines) claim(prepared.machine);
  for (const PreparedMachine& prepared : machines) check_prepared(prepared);
  for (const PreparedMachine& prepared : machines) {
    MachineState& machine = state_.machines[prepared.machine];
    machine.name = prepared.machine;
    machine.stage = prepared.stage;
    machine.pending_key = prepared.key;
    machine.pending_tree = tree_identity(prepared.tree);
    machine.method = prepared.method;
    for (const std::string& folder : prepared.data) state_.data[folder] = prepared.machine;
    write_file_atomically(kept_settings_path(prepared.machine, true), prepared.settings, 0644,
                          false);
  }
  sync_file_system(places_.machines);
  if (!on_one_file_system(places_.machines, places_.state)) sync_file_system(places_.state);
  state_.save(places_.state);
  std::vector<Placement> placements;
  std::vector<std::string> swapped;
  for (const PreparedMachine& prepared : machines) {
    placements.push_back(swap_in(state_.machines[prepared.machine]));
    if (placements.back() == Placement::kPlaced) swapped.push_back(prepared.machine);
  }
  if (!swapped.empty()) sync_swaps(swapped);
  state_.save(places_.state);
  clear_next(swapped);
  return placements;
}

void Machines::discard(const Stage& stage) {
  const std::string machine = machine_of(stage);
  if (!claims_.contains(machine)) return;  // nothing was begun
  auto known = state_.machines.find(machine);
  const bool waits = known != state_.machines.end() && !known->second.pending_tree.empty() &&
                     known->second.pending_tree == tree_identity(next_path(machine));
  if (!waits) remove_tree(next_path(machine));
}

std::vector<std::string> Machines::missing_binds(const std::string& machine) const {
  std::vector<std::string> paths =
      bound_paths(read_file_if_exists(settings_path(machine)).value_or(""));
  std::erase_if(paths, path_exists);
  return paths;
}

std::vector<std::string> Machines::no_longer_described(const Pipeline& pipeline) const {
  std::set<std::string> described;
  for (const Stage& stage : pipeline.stages) described.insert(machine_of(stage));
  std::vector<std::string> others;
  for (const auto& [name, machine] : state_.machines) {
    if (!described.contains(name)) others.push_back(name);
  }
  return others;
}

void Machines::remove(const std::string& machine) {
  claim(machine);
  check_ours(machine);
  auto known = state_.machines.find(machine);
  if (known == state_.machines.end()) return;
  {
    std::optional<NspawnLock> lock = NspawnLock::try_lock(places_.machines, machine);
    if (!lock || runs_without_lock(places_.machines, machine))
      throw Error("machine \"" + machine + "\" is running: stop it first");
    // It stands, or it does not: whoever dies on the way leaves no half of it in its place.
    remove_tree(give_up(machine, tree_path(machine)));
    remove_tree(next_path(machine));
    remove_tree(apart_folder(next_path(machine)));
    remove_tree(old_path(machine));
    unlink(old_settings_path(machine).c_str());
    if (file_signature(settings_path(machine)) == known->second.settings)
      unlink(settings_path(machine).c_str());
    unlink((places_.machines + "/.#" + machine + ".lck").c_str());
  }
  unlink(kept_settings_path(machine, false).c_str());
  unlink(kept_settings_path(machine, true).c_str());
  state_.machines.erase(known);
  state_.save(places_.state);
}

std::vector<Machines::Report> Machines::report() const {
  std::vector<Report> reports;
  for (const auto& [name, machine] : state_.machines) {
    const std::string found = tree_identity(tree_path(name));
    reports.push_back(
        {.name = name,
         .stage = machine.stage,
         .exists = !found.empty() || !can_look(),
         .ours = found.empty() || found == machine.tree || found == machine.pending_tree,
         .running = is_running(places_.machines, name),
         .pending = !machine.pending_key.empty() && found != machine.pending_tree,
         .method = machine.method});
  }
  return reports;
}

}  // namespace baker
