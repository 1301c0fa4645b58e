// The machines of one pipeline: which stand, which wait, which are somebody else's.
#pragma once

#include "engine/bake/machine_keeper.h"
#include "engine/machines/kept_trees.h"
#include "engine/machines/owned_machines.h"
#include "engine/machines/placing.h"
#include "engine/machines/rollout_record.h"

#include <string>
#include <vector>

namespace baker {

class Machines final : public MachineKeeper {
 public:
  // `state` and `lock` outlive this. Without a lock nothing can be changed; with it, the state is
  // saved whenever something on the host has changed.
  Machines(const MachinePlaces& places, PipelineState& state, const PipelineLock* lock,
           PlaceWishes wishes = {});

  void check_ownership(const Pipeline& pipeline) const override;
  bool in_place(const Stage& stage, const std::string& key,
                const std::vector<std::string>& layers) const override;
  std::string changed_by_hand(const Stage& stage) const override;
  std::optional<Placement> settle(const Stage& stage, const std::string& key,
                                  const std::vector<std::string>& layers) override;
  PlaceChoice choose_place(const Stage& stage) override;
  std::uint32_t first_id(const Stage& stage) const override;
  std::string tree_for_snapshot(const Stage& stage, const std::string& merged_root) override;
  std::vector<Placement> place(const std::vector<PreparedMachine>& machines) override;
  void discard(const Stage& stage) override;

  // Writes down which machines are about to be made for the first time: what a kill leaves of them
  // belongs to somebody. Those that were written down so, never placed, and are no longer described
  // are removed with what is left of them, and so are claims of bakers that were killed. Throws
  // Error.
  void expect(const Pipeline& pipeline);

  // The trees that machines had before.
  KeptTrees& kept() { return kept_; }
  const KeptTrees& kept() const { return kept_; }
  RolloutRecord& rollout() { return rollout_; }
  // Whether it was placed, or waits to be: of another one with this name, somebody else's runs.
  bool is_placed(const std::string& machine) const;
  // Whether a tree waits to take the machine's place.
  bool is_pending(const std::string& machine) const;
  // Whether its tree was swapped in, and its settings could not be written then.
  bool is_half_swapped(const std::string& machine) const;
  // Brings that to its end, and mounts a tree that is not, before the machine starts. Throws Error.
  void complete(const std::string& machine);
  // What users should know of what was done since, in words.
  std::vector<std::string> take_notes() { return owned_.take_notes(); }
  // What the machine's settings bind into it and the host does not have.
  std::vector<std::string> missing_binds(const std::string& machine) const;
  // Mounts the tree of a placed machine where it is not. Needs no lock. Throws Error, also where
  // the machine is in the middle of a change.
  void mount(const std::string& machine);
  // Machines that the pipeline no longer describes.
  std::vector<std::string> no_longer_described(const Pipeline& pipeline) const;
  // Tree, waiting tree and settings; on return that is on the disk. Settings that somebody changed
  // are kept under the name that is returned; else nothing is. Throws Error where the machine runs,
  // is no longer ours, or can't be removed as a whole; absence is fine.
  std::string remove(const std::string& machine);

  struct Report {
    std::string name;
    std::string stage;
    bool exists = false;
    bool ours = true;
    bool running = false;
    bool pending = false;
    std::string trouble;          // why its tree can't be used as it is, in words; empty: it can
    std::string changed_by_hand;  // its settings, in words; empty: they are as they were written
    MachineLife life = MachineLife::kExpected;
    std::string method;
  };
  std::vector<Report> report() const;

 private:
  // Whether this user may look at the trees; who may not believes the state.
  bool can_look() const;
  std::string settings_changed_by_hand(const MachineState& machine) const;
  void check_prepared(const PreparedMachine& prepared) const;
  // Whether the placed tree stands on these layers as the store has them now, where it is mounted.
  bool stands_on(const MachineState& machine, const std::vector<std::string>& layers) const;
  std::string ground_of(const std::vector<std::string>& layers) const;
  void choose_ids();
  bool any_is_mounted() const;
  std::string trouble_with(const MachineState& machine) const;
  // Has systemd mount those whose tree is to be mounted, and no others.
  void have_systemd_mount(const std::vector<std::string>& machines) const;
  void prepare_to_place(const PreparedMachine& prepared);
  void sync_all(const std::vector<PreparedMachine>& machines) const;
  std::vector<TreeMount> mounts_for(const std::vector<PreparedMachine>& machines) const;
  std::vector<Placement> place_all(const std::vector<PreparedMachine>& machines);
  // Returns where settings are kept that somebody changed.
  std::string remove_settings(const MachineState& machine) const;

  OwnedMachines owned_;
  Placing placing_;
  std::string why_no_ids_;
  KeptTrees kept_{owned_};
  RolloutRecord rollout_{owned_, kept_};
};

}  // namespace baker
