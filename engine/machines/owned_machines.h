// The machines that a pipeline's state knows, and who may change one of them at this moment: what
// the other parts of this folder work on.
#pragma once

#include "engine/io/lock.h"
#include "engine/io/mount_table.h"
#include "engine/machines/machine_paths.h"
#include "engine/machines/tree_mount.h"
#include "engine/plan/pipeline_lock.h"
#include "engine/plan/pipeline_state.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace baker {

class OwnedMachines {
 public:
  // `state` and `lock` outlive this. Without a lock nothing is saved.
  OwnedMachines(MachinePlaces places, PipelineState& state, const PipelineLock* lock);
  // Ends what was claimed.
  ~OwnedMachines();
  OwnedMachines(const OwnedMachines&) = delete;
  OwnedMachines& operator=(const OwnedMachines&) = delete;

  const MachinePlaces& places() const { return places_; }
  MachinePaths paths_of(const std::string& machine) const { return places_.of(machine); }
  PipelineState& state() { return state_; }
  const PipelineState& state() const { return state_; }
  // Nothing where the state has none of this name.
  const MachineState* find(const std::string& machine) const;
  // What lies in the machine's place, tree_identity.h: of a tree that is mounted there its
  // folder's. Throws Error.
  std::string tree_at_place_of(const std::string& machine) const;
  // The tree that baker has mounted there.
  std::optional<MountedTree> mounted_at_place_of(const std::string& machine) const;
  // Mounts one of make_tree_mounts there. Throws Error.
  void mount_at_place_of(const std::string& machine, const TreeMount& mount);
  // Takes away what is mounted there, and returns it: it lives for as long as that. Throws Error.
  TreeMount unmount_at_place_of(const std::string& machine);
  // Mounts of trees that nobody needs any more: the last one to close them waits until what they
  // were mounted from is on the disk.
  void give_up(TreeMount mount) {
    if (mount.mount.valid()) given_up_.push_back(std::move(mount.mount));
  }
  std::vector<UniqueFd> take_given_up() { return std::exchange(given_up_, {}); }
  // Whether its tree is to be mounted, and is not.
  bool lacks_mount(const MachineState& machine) const;
  // The folder of the machine's tree, also where a mount hides it; by a path that is good while
  // this object lives. Throws Error.
  std::string folder_below_mount(const std::string& machine) const;
  // Before the first mount in it: what is unmounted there later is so in other mount namespaces,
  // too, and with it freed. Throws Error.
  void share_machines_folder() const;
  // Takes that back once nothing is mounted in the folder.
  void unshare_machines_folder() const;
  // Writes down in the store what the machine's mounted trees stand on, and on what more.
  void note_layers(const std::string& machine, const std::vector<std::string>& more = {}) const;

  // What users should know of what was done, in words.
  void note(std::string text) { notes_.push_back(std::move(text)); }
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

  // Changes what was done last with a machine that the state knows, in memory. None goes back to
  // being expected.
  void move(const std::string& machine, MachineLife life);
  // Durable. For what is true on the host already: what is in memory only is never saved before.
  void save() const;

  // The pipeline that has placed such a machine, by name and file, besides this one; empty: none.
  std::string other_owner(const std::string& machine) const;
  // First ids of the users of all machines that other pipelines of this host have.
  std::set<std::uint32_t> ids_of_others() const;
  // Throws Error where a tree of this name exists that the pipeline has not placed.
  void check_ours(const std::string& machine) const;
  // Until this object is gone no other pipeline makes, places or removes a machine of this name.
  // Throws Error where one does, or has.
  void claim(const std::string& machine);
  // Ends that for one machine, and leaves no trace of it. Throws Error.
  void release(const std::string& machine);
  // Of bakers that were killed. Throws Error.
  void remove_left_claims() const;
  bool has_claimed(const std::string& machine) const { return claims_.contains(machine); }

 private:
  std::map<std::string, PipelineState> others() const;  // by name

  MachinePlaces places_;
  PipelineState& state_;
  const PipelineLock* lock_;
  std::map<std::string, FileLock> claims_;  // by machine
  std::string mounts_folder_;  // places_.machines without symlinks, as the kernel has it
  mutable MountTable mounts_;
  mutable UniqueFd below_mounts_;  // the machines' folder without what is mounted in it
  std::vector<std::string> notes_;
  std::vector<UniqueFd> given_up_;
};

}  // namespace baker
