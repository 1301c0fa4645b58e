// What the builder asks of whoever keeps the machines of the pipeline.
#pragma once

#include "engine/pipeline/pipeline.h"

#include <optional>
#include <string>
#include <vector>

namespace baker {

// A tree that a stage made beside a machine's final place.
struct PreparedMachine {
  std::string stage;
  std::string key;  // of the stage
  std::string machine;
  std::string tree;
  std::string settings;             // text of the .nspawn file
  std::string method;               // how the tree was made
  std::vector<std::string> data{};  // folders of the host that baker made for it
};

enum class Placement { kPlaced, kPending };

class MachineKeeper {
 public:
  virtual ~MachineKeeper() = default;
  // Throws Error where a machine that the pipeline describes exists and is not the pipeline's.
  virtual void check_ownership(const Pipeline& pipeline) const = 0;
  // Whether the stage's machine stands as this key describes it, or waits to.
  virtual bool in_place(const Stage& stage, const std::string& key) const = 0;
  // What somebody else has done to the machine since it was placed, with its path; empty where
  // nobody has.
  virtual std::string changed_by_hand(const Stage& stage) const = 0;
  // Does what can be done without making a tree: swaps in one that waits, writes settings that
  // somebody edited. Nothing where a tree has to be made.
  virtual std::optional<Placement> settle(const Stage& stage, const std::string& key) = 0;
  // Where the stage's tree can begin as a snapshot of a merged root: nothing where it can't, as
  // there is no such root, it lies on another file system, or something lies in the tree's place.
  virtual std::string tree_for_snapshot(const Stage& stage, const std::string& merged_root) = 0;
  // Syncs once and swaps each tree in, or leaves it waiting where the machine runs.
  virtual std::vector<Placement> place(const std::vector<PreparedMachine>& machines) = 0;
  // Removes what a stage that did not come to its end has made of a tree.
  virtual void discard(const Stage& stage) = 0;
};

}  // namespace baker
