// The tree that a machine had before is kept until the new one has proved itself. None of the
// machines runs while its trees change places.
#pragma once

#include "engine/machines/owned_machines.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace baker {

class KeptTrees {
 public:
  // `owned` outlives this.
  explicit KeptTrees(OwnedMachines& owned) : owned_(owned) {}

  // Whether another tree than the one in place is kept.
  bool has_old(const std::string& machine) const;
  // Writes down what the swap below needs, while the machine may still run: what is out of space,
  // say, fails here.
  void prepare_swap(const std::string& machine);
  // Swaps in the tree that waits and keeps the old one beside it. Throws Error where it runs.
  void swap(const std::string& machine);
  // Of all machines, once what they have now serves.
  void drop_old();
  // The other way round; the tree that it had until then is removed.
  void put_old_back(const std::string& machine);

  // Brings what a crash came into, right after a swap, to its end.
  void finish_swap(MachineState& machine);
  // Keeps the trees that wait beside them where they are the old ones, and has others removed.
  void clear_next(const std::vector<std::string>& machines);
  // Removes what could not be removed before, in the background or by an earlier baker. Returns
  // what still can't be, in words. A tree that changed less than `untouched` seconds ago is being
  // removed.
  std::vector<std::string> remove_left(std::int64_t untouched = 10) const;
  // Moves a tree to where what is nobody's lies, and returns that path.
  std::string give_up(const std::string& machine, const std::string& tree) const;

 private:
  MachineState& at(const std::string& machine) { return owned_.state().machines.at(machine); }
  void swap_stopped(MachineState& machine);
  // The tree beside it, where it is the one that is kept, to where that belongs.
  void keep_old(const MachineState& machine);
  // Has trees removed that nobody needs any more, by machine. One that can't be, as something is
  // mounted in it, is left to remove_left.
  void give_up_in_background(const std::vector<std::pair<std::string, std::string>>& trees) const;

  OwnedMachines& owned_;
};

}  // namespace baker
