// The machines of one pipeline: which stand, which wait, which are somebody else's.
//
// A swap survives a crash at any point: the state says which tree is about to be swapped in before
// the swap, and whichever tree is found afterwards is known by its identity.
#pragma once

#include "engine/bake/machine_keeper.h"
#include "engine/io/lock.h"
#include "engine/plan/pipeline_state.h"

#include <map>
#include <string>
#include <vector>

namespace baker {

struct MachinePlaces {
  std::string machines;  // /var/lib/machines
  std::string nspawn;    // /etc/systemd/nspawn
  std::string state;     // /var/lib/baker/<pipeline>
};

class Machines final : public MachineKeeper {
 public:
  // `state` outlives this and is saved by it whenever something on the host changes.
  Machines(MachinePlaces places, PipelineState& state);
  ~Machines() override;
  Machines(const Machines&) = delete;
  Machines& operator=(const Machines&) = delete;

  void check_ownership(const Pipeline& pipeline) const override;
  bool in_place(const Stage& stage, const std::string& key) const override;
  std::string changed_by_hand(const Stage& stage) const override;
  std::optional<Placement> settle(const Stage& stage, const std::string& key) override;
  std::string tree_for_snapshot(const Stage& stage, const std::string& merged_root) override;
  std::vector<Placement> place(const std::vector<PreparedMachine>& machines) override;
  void discard(const Stage& stage) override;

  // What the machine's settings bind into it and the host does not have.
  std::vector<std::string> missing_binds(const std::string& machine) const;
  // Machines that the pipeline no longer describes.
  std::vector<std::string> no_longer_described(const Pipeline& pipeline) const;
  // Tree, waiting tree and settings. Throws Error where it runs or is no longer ours; absence is
  // fine.
  void remove(const std::string& machine);

  // One machine after the other, none of which runs while its trees change places:
  bool is_pending(const std::string& machine) const;
  // Writes down what the swap below needs, while the machine may still run: what is out of space,
  // say, fails here.
  void prepare_swap(const std::string& machine);
  // Swaps in the tree that waits and keeps the old one beside it. Throws Error where it runs.
  void swap_keeping_old(const std::string& machine);
  // Whether another tree than the one in place is kept.
  bool has_old(const std::string& machine) const;
  // Once the new one serves.
  void drop_old(const std::vector<std::string>& machines);
  // The other way round; the tree that it had until then is removed.
  void put_old_back(const std::string& machine);
  // Whether it was started since the system last did what it is for.
  bool is_unproven(const std::string& machine) const;
  void set_unproven(const std::vector<std::string>& machines, bool unproven);

  struct Report {
    std::string name;
    std::string stage;
    bool exists = false;
    bool ours = true;
    bool running = false;
    bool pending = false;
    std::string method;
  };
  std::vector<Report> report() const;

 private:
  // Whether this user may look at the trees; who may not believes the state.
  bool can_look() const;
  // Tells a tree from any other that is put in its place; empty where there is none.
  static std::string tree_identity(const std::string& path);
  std::string tree_path(const std::string& machine) const;
  std::string next_path(const std::string& machine) const;
  std::string old_path(const std::string& machine) const;
  // What lies there is nobody's any more, and may be in the middle of being removed.
  std::string gone_path(const std::string& machine) const;
  std::string settings_path(const std::string& machine) const;
  std::string kept_settings_path(const std::string& machine, bool next) const;
  std::string old_settings_path(const std::string& machine) const;
  std::string owner_of(const std::string& machine) const;
  void check_ours(const std::string& machine) const;
  void check_prepared(const PreparedMachine& prepared) const;
  // Until this object is gone no other pipeline makes or places a machine of this name. Throws
  // Error where one does, or has.
  void claim(const std::string& machine);
  std::string claim_path(const std::string& machine) const;
  // Both leave it to sync_swaps to make what they did survive a power cut.
  void write_settings(MachineState& state);
  Placement swap_in(MachineState& state);
  void swap_stopped(MachineState& state);
  // The tree beside it, where it is the one that is kept, to where that belongs.
  void keep_old(const MachineState& state);
  // Brings what a crash came into, right after the swap, to its end.
  void finish_swap(MachineState& state);
  // Keeps the trees beside them that are the old ones, and has the others removed.
  void clear_next(const std::vector<std::string>& machines);
  // Moves a tree to where what is nobody's lies, and returns that path.
  std::string give_up(const std::string& machine, const std::string& tree) const;
  // Has trees removed that nobody needs any more, by machine. One that can't be, as something is
  // mounted in it, is left to the next bake, in whose way it is.
  void give_up_in_background(const std::vector<std::pair<std::string, std::string>>& trees) const;
  std::vector<Placement> place_all(const std::vector<PreparedMachine>& machines);
  void sync_swaps(const std::vector<std::string>& machines) const;

  MachinePlaces places_;
  PipelineState& state_;
  std::map<std::string, FileLock> claims_;  // by machine
};

}  // namespace baker
