#include "engine/machines/owned_machines.h"

#include "cache/machine_layers.h"
#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/io/detached_overlay.h"
#include "engine/io/files.h"
#include "engine/io/mounts.h"
#include "engine/io/system_error.h"
#include "engine/machines/tree_identity.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace baker {
namespace {

// `rm -r` takes all that is in a mount, and leaves the mount. To list a folder of an overlay takes
// longer than to look for what every machine has.
bool was_emptied(const std::string& tree) {
  const bool may_be = access((tree + "/etc").c_str(), F_OK) != 0 && errno == ENOENT;
  return may_be && list_directory(tree).empty();
}

}  // namespace

OwnedMachines::OwnedMachines(MachinePlaces places, PipelineState& state, const PipelineLock* lock)
    : places_(std::move(places)), state_(state), lock_(lock) {
  std::error_code none;
  mounts_folder_ = std::filesystem::weakly_canonical(places_.machines, none);
}

OwnedMachines::~OwnedMachines() {
  for (const auto& [machine, lock] : claims_) unlink(paths_of(machine).claim.c_str());
}

const MachineState* OwnedMachines::find(const std::string& machine) const {
  const auto found = state_.machines.find(machine);
  return found == state_.machines.end() ? nullptr : &found->second;
}

std::optional<MountedTree> OwnedMachines::mounted_at_place_of(const std::string& machine) const {
  const Mount* mount = mounts_.at(mounts_folder_ + "/" + machine);
  return mount ? mounted_tree(mount->source) : std::nullopt;
}

std::string OwnedMachines::tree_at_place_of(const std::string& machine) const {
  const std::string tree = paths_of(machine).tree;
  const std::optional<MountedTree> mounted = mounted_at_place_of(machine);
  if (!mounted) return tree_identity(tree);
  return was_emptied(tree) ? "" : mounted->identity;
}

void OwnedMachines::mount_at_place_of(const std::string& machine, const TreeMount& mount) {
  share_machines_folder();
  attach_mount(mount.mount.get(), paths_of(machine).tree);
  mounts_.note_mounted({.device = {},
                        .root = "/",
                        .point = mounts_folder_ + "/" + machine,
                        .type = "overlay",
                        .source = mount.source,
                        .is_shared = true});
}

TreeMount OwnedMachines::unmount_at_place_of(const std::string& machine) {
  const std::string point = mounts_folder_ + "/" + machine;
  const Mount* mount = mounts_.at(point);
  if (!mount || !mounted_tree(mount->source)) return {};
  const std::string tree = paths_of(machine).tree;
  TreeMount taken{copy_of_mount(tree), mount->source};
  if (unmount_tree(tree))
    note(tree + " was busy when it was unmounted: somebody stands in it, and sees the old tree");
  mounts_.note_unmounted(point);
  return taken;
}

bool OwnedMachines::lacks_mount(const MachineState& machine) const {
  return machine.placed.method == kMounted && !mounted_at_place_of(machine.name);
}

std::string OwnedMachines::folder_below_mount(const std::string& machine) const {
  if (!below_mounts_.valid()) {
    below_mounts_ =
        UniqueFd(open_tree(AT_FDCWD, mounts_folder_.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!below_mounts_.valid())
      throw system_error("cannot look below what is mounted in " + mounts_folder_);
  }
  return fmt::format("/proc/self/fd/{}/{}", below_mounts_.get(), machine);
}

void OwnedMachines::share_machines_folder() const {
  const Mount* around = mounts_.around(mounts_folder_);
  if (around && around->is_shared) return;
  mounts_.at(mounts_folder_) ? share_mount(mounts_folder_) : share_folder(mounts_folder_);
  mounts_.forget();
  around = mounts_.around(mounts_folder_);
  // Each further mount of a shared folder on itself would double all that is mounted in it.
  check(around && around->is_shared, "a folder that was shared is seen to be");
}

void OwnedMachines::unshare_machines_folder() const {
  const Mount* on_itself = mounts_.at(mounts_folder_);
  if (!on_itself || mounts_.has_any_below(mounts_folder_)) return;
  const Mount own = *on_itself;
  const Mount* around = mounts_.around(parent_path(mounts_folder_));
  if (!around || around->device != own.device) return;
  const std::string below = mounts_folder_.substr(around->point == "/" ? 0 : around->point.size());
  if (own.root == (around->root == "/" ? "" : around->root) + below)
    umount2(mounts_folder_.c_str(), UMOUNT_NOFOLLOW);
}

void OwnedMachines::note_layers(const std::string& machine,
                                const std::vector<std::string>& more) const {
  std::set<std::string> layers(more.begin(), more.end());
  if (const MachineState* known = find(machine)) {
    const MachinePaths paths = paths_of(machine);
    const std::pair<const TreeState&, std::string> trees[] = {
        {known->placed, folder_below_mount(machine)},
        {known->pending, paths.next},
        {known->old, paths.old}};
    for (const auto& [tree, folder] : trees)
      if (tree.method == kMounted && path_exists(folder + "/layers"))
        for (const std::string& layer : layers_of(folder).layers) layers.insert(layer);
  }
  note_machine_layers(places_.store, paths_of(machine).tree, layers);
}

void OwnedMachines::move(const std::string& machine, MachineLife life) {
  check(life != MachineLife::kExpected, "a machine is expected before all else");
  state_.machines.at(machine).life = life;
}

void OwnedMachines::save() const {
  check(lock_ != nullptr, "machines change only while their pipeline is locked");
  state_.save(*lock_);
}

std::map<std::string, PipelineState> OwnedMachines::others() const {
  std::map<std::string, PipelineState> states = PipelineState::load_all(parent_path(places_.state));
  states.erase(places_.state.substr(places_.state.rfind('/') + 1));
  return states;
}

std::string OwnedMachines::other_owner(const std::string& machine) const {
  for (const auto& [name, other] : others()) {
    const auto found = other.machines.find(machine);
    if (found != other.machines.end() && found->second.has_tree())
      return fmt::format("\"{}\" ({})", name, other.file);
  }
  return "";
}

std::set<std::uint32_t> OwnedMachines::ids_of_others() const {
  std::set<std::uint32_t> ids;
  for (const auto& [name, other] : others())
    for (const auto& [machine, known] : other.machines) ids.insert(known.first_id);
  return ids;
}

void OwnedMachines::check_ours(const std::string& machine) const {
  const std::string tree = paths_of(machine).tree;
  const std::string found = tree_at_place_of(machine);
  if (found.empty()) return;
  const MachineState* known = find(machine);
  if (known && (found == known->placed.identity || found == known->pending.identity)) return;
  if (known && !known->placed.identity.empty())
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
