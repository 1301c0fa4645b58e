// The machines that a pipeline's state knows, and who may change one of them at this moment: what
// the other parts of this folder work on.
#pragma once

#include "engine/io/lock.h"
#include "engine/machines/machine_paths.h"
#include "engine/plan/pipeline_lock.h"
#include "engine/plan/pipeline_state.h"

#include <map>
#include <string>

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
  // Changes what was done last with a machine that the state knows, in memory. None goes back to
  // being expected.
  void move(const std::string& machine, MachineLife life);
  // Durable. For what is true on the host already: what is in memory only is never saved before.
  void save() const;

  // The pipeline that has placed such a machine, by name and file, besides this one; empty: none.
  std::string other_owner(const std::string& machine) const;
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
  MachinePlaces places_;
  PipelineState& state_;
  const PipelineLock* lock_;
  std::map<std::string, FileLock> claims_;  // by machine
};

}  // namespace baker
