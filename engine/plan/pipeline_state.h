// What baker remembers of a pipeline between runs: each stage's last key, and what the pipeline has
// put on the host. One small text file, /var/lib/baker/<pipeline>/state.
#pragma once

#include "engine/plan/pipeline_lock.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace baker {

struct StageState {
  std::string key;       // of the last run
  std::string previous;  // the one before it last changed; empty: never
};

// What was done with a machine last. Whether it runs is observed, never remembered.
enum class MachineLife {
  kExpected,   // it is about to be made for the first time
  kPlaced,     // its tree stands
  kReplacing,  // it is stopped for another tree
  kStarted,    // since the system last did what it is for
  kServing,    // it ran when the system last did what it is for
  kGivenUp,    // it is stopped for the tree that it had before
  kStopping,   // it is stopped, to stay so
  kStopped,    // and is
};

// A tree of a machine: the one in its place, one that waits, or one that it had.
struct TreeState {
  std::string key;       // of the stage that made it
  std::string identity;  // of its folder: inode or subvolume, and birth; empty: there is none
  std::string method;    // how it was made: mount, snapshot, reflink, copy

  bool exists() const { return !identity.empty(); }
};

// A machine that the pipeline owns.
struct MachineState {
  std::string stage;
  std::string name;
  TreeState placed{};
  std::string settings{};    // signature of its .nspawn file
  TreeState pending{};       // waits beside it
  TreeState old{};           // that it had before, kept until the new one serves
  std::uint32_t first_id{};  // on the host, of its users, if it has its own; 0: not chosen
  MachineLife life = MachineLife::kExpected;

  // Else it is only about to be made for the first time.
  bool has_tree() const { return placed.exists() || pending.exists(); }
};

// What a stage that acts while machines are started was last asked for.
struct AppliedState {
  std::string type;
  std::string options;  // JSON

  bool operator==(const AppliedState&) const = default;
};

// What a `baker up` brought the pipeline's system to.
struct UpState {
  std::map<std::string, std::string> params;   // as text
  std::map<std::string, AppliedState> probes;  // by stage
  std::set<std::string> machines;
  std::map<std::string, AppliedState> applied;  // by stage; of the up before one that is under way
};

// Of an `up`, from before its first change to its end, and of a `rollback` of it.
enum class RolloutPhase { kEnded, kForward, kBack };

struct PipelineState {
  std::string file;  // absolute path of the pipeline
  std::map<std::string, StageState> stages;
  std::map<std::string, MachineState> machines;  // by name of the machine
  std::map<std::string, AppliedState> applied;   // by stage
  RolloutPhase rollout = RolloutPhase::kEnded;
  UpState last_up;                          // begun last
  UpState up_before;                        // what a rollback goes back to, until it has ended
  std::map<std::string, std::string> data;  // folders that baker made: whose, by path
  std::map<std::string, std::string> remembered;  // by probes: JSON, by stage

  // Nothing where there is no state. Throws Error where it can't be understood.
  static std::optional<PipelineState> load(const std::string& folder);
  // Of all pipelines, by name, in the folder that has a folder for each.
  static std::map<std::string, PipelineState> load_all(const std::string& folder);
  // Into the folder of the lock, under which alone a state is written. Durable. Throws Error.
  void save(const PipelineLock& lock) const;
  void set_key(const std::string& stage, const std::string& key);
};

}  // namespace baker
