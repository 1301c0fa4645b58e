// What the builder asks of whoever keeps the machines of the pipeline.
#pragma once

#include "engine/pipeline/pipeline.h"

#include <cstdint>
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
  std::string settings;               // text of the .nspawn file
  std::string method;                 // how the tree was made
  std::vector<std::string> data{};    // folders of the host that baker made for it
  std::vector<std::string> layers{};  // digests, that a tree stands on which is to be mounted
  bool own_users = false;             // it has users of its own, not the host's
};

// How a tree is to be made: mount, snapshot, reflink or copy; empty: whichever of the last three is
// the quickest here.
struct PlaceChoice {
  std::string method;
  std::string why{};  // it is not mounted, where nobody asked for that
};

enum class Placement { kPlaced, kPending };

class MachineKeeper {
 public:
  virtual ~MachineKeeper() = default;
  // Throws Error where a machine that the pipeline describes exists and is not the pipeline's.
  virtual void check_ownership(const Pipeline& pipeline) const = 0;
  // Whether the stage's machine stands as this key describes it, or waits to.
  // `layers` are the digests of its root's layers.
  virtual bool in_place(const Stage& stage, const std::string& key,
                        const std::vector<std::string>& layers) const = 0;
  // What somebody else has done to the machine since it was placed, with its path; empty where
  // nobody has.
  virtual std::string changed_by_hand(const Stage& stage) const = 0;
  // Does what can be done without making a tree: swaps in one that waits, writes settings that
  // somebody edited, mounts a tree again. Nothing where a tree has to be made.
  virtual std::optional<Placement> settle(const Stage& stage, const std::string& key,
                                          const std::vector<std::string>& layers) = 0;
  // Throws Error where it can't be made as somebody wants it.
  virtual PlaceChoice choose_place(const Stage& stage) = 0;
  // On the host, of the users that the stage's machine has when it is mounted.
  virtual std::uint32_t first_id(const Stage& stage) const = 0;
  // Where the stage's tree can begin as a snapshot of a merged root: nothing where it can't, as
  // there is no such root, it lies on another file system, or something lies in the tree's place.
  virtual std::string tree_for_snapshot(const Stage& stage, const std::string& merged_root) = 0;
  // Syncs once and swaps each tree in, or leaves it waiting where the machine runs.
  virtual std::vector<Placement> place(const std::vector<PreparedMachine>& machines) = 0;
  // Removes what a stage that did not come to its end has made of a tree.
  virtual void discard(const Stage& stage) = 0;
};

}  // namespace baker
