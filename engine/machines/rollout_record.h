// What the state keeps of an up, from before its first change to its end, so that whoever comes
// after an interruption goes on where it stood.
#pragma once

#include "engine/machines/kept_trees.h"
#include "engine/machines/owned_machines.h"

#include <string>
#include <vector>

namespace baker {

class RolloutRecord {
 public:
  // Both outlive this.
  RolloutRecord(OwnedMachines& owned, KeptTrees& kept) : owned_(owned), kept_(kept) {}

  RolloutPhase phase() const { return owned_.state().rollout; }
  // An up that goes on with one that has not ended goes back to where that began. Durable, as all
  // of these.
  void begin(UpState wanted);
  // What has served stays, and the trees before it are dropped.
  void end();
  void begin_going_back();
  void end_going_back();

  // kExpected where there is no such machine.
  MachineLife life_of(const std::string& machine) const;
  void move(const std::vector<std::string>& machines, MachineLife life);

 private:
  OwnedMachines& owned_;
  KeptTrees& kept_;
};

}  // namespace baker
