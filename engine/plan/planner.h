// What a run would do with each stage, and why. Changes nothing; walks no tree, loads no plugin.
#pragma once

#include "cache/store.h"
#include "engine/pipeline/lock_file.h"
#include "engine/pipeline/pipeline.h"
#include "engine/plan/pipeline_state.h"
#include "engine/plan/stage_keys.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace baker {

enum class StageAction {
  kNothing,  // cached, or in place
  kBake,     // a layer stage runs
  kPull,     // its layer is taken from the shared cache
  kApply,    // a host stage runs
  kDepends,  // runs if a stage below it bakes another layer than before
  kAtUp,     // runs when the machines are started
};

// A program runs for it on this host.
inline bool runs_here(StageAction action) {
  return action != StageAction::kNothing && action != StageAction::kPull;
}
inline bool is_to_be_done(StageAction action) {
  return action != StageAction::kNothing && action != StageAction::kAtUp;
}

struct PlannedStage {
  StageAction action = StageAction::kNothing;
  bool must_resolve = false;  // no pins in the lock file answer it
  // Absent while pins or a layer below are unknown; without its text where there is nothing to do.
  std::optional<StageKeys::Key> key;
  std::optional<Digest> layer;  // what is in the store under the key, or with kPull elsewhere
  PinSetPointer pins;           // null: none
  std::string damage;           // a record that could not be used, and why
};

// A layer of a root. Absent: not known yet.
struct LayerRef {
  std::string name;    // under which it enters the keys above it: its digest, or, where the stage
                       // type can't give equal bytes twice, its action key
  std::string digest;  // under which the store has it
};
using LayerName = std::optional<LayerRef>;
LayerName layer_name(const Stage& stage, const StageKeys::Key& key, const Digest& layer);

class Planner {
 public:
  // Whether what a host stage describes is in place under this key, on these layers (digests,
  // bottom first).
  using InPlace = std::function<bool(const Stage& stage, const std::string& key,
                                     const std::vector<std::string>& layers)>;

  // All arguments outlive this. `state` tells the keys of the last run, which are only guesses.
  Planner(const Pipeline& pipeline, StageKeys& keys, const LockFile& lock, const Store& store,
          const PipelineState& state, InPlace in_place);

  // The root of a stage, by the names of its layers; nothing while one of them is not known.
  std::optional<RootName> root_of(const Stage& stage, const std::vector<LayerName>& layers) const;
  // The layers of a stage's root that count, once all are known: digests, bottom first.
  static std::vector<std::string> digests_below(const Stage& stage,
                                                const std::vector<LayerName>& layers);
  // One stage, once the layers of its root are known (or are known not to be).
  PlannedStage plan_stage(const Stage& stage, const std::vector<LayerName>& layers);
  // All of them. `elsewhere`: layers of a shared cache by key, which are taken from there.
  std::vector<PlannedStage> plan(const std::map<std::string, Digest>& elsewhere = {});

 private:
  // What is in the store under a key; the second argument then says what is damaged there.
  using Find = std::function<std::optional<Digest>(const std::string&, std::string*)>;

  PlannedStage plan_stage(const Stage& stage, const std::vector<LayerName>& layers,
                          const Find& find);
  std::vector<std::string> keys_of_last_run() const;

  const Pipeline& pipeline_;
  StageKeys& keys_;
  const LockFile& lock_;
  const Store& store_;
  const PipelineState& state_;
  InPlace in_place_;
};

// Words for decisions, from the keys of the last run and the keys of now.
class Reasons {
 public:
  // What was done by hand to what a host stage has placed, with its path.
  using ByHand = std::function<std::string(const Stage& stage)>;

  // All arguments outlive this.
  Reasons(const Pipeline& pipeline, const std::vector<PlannedStage>& planned, StageKeys& keys,
          const Store& store, const PipelineState& state, std::int64_t epoch, ByHand by_hand);

  // Why the stage runs, down to the leaf: "kafka changed: version 4.2.1 → 4.3.1".
  std::string why_it_runs(size_t stage) const;
  // Where it is not sure that a stage runs: the stages below whose new layers decide.
  std::vector<size_t> deciders_of(size_t stage) const;
  // Of a stage that the cache holds: how it differs from that of the last run; empty where it does
  // not.
  std::string change_since_last_run(size_t stage) const;
  // What last changed for a stage that is in place; empty where nothing ever did.
  std::string last_change(size_t stage) const;

 private:
  struct Change {
    std::vector<std::string> own;  // in words
    std::vector<size_t> layers;    // stages of the root whose layer is another one
    bool known = true;             // false: no record to compare with
  };
  Change change_between(size_t stage, const std::string& before_key,
                        const std::string& after_text) const;
  std::string story(size_t stage, const Change& change, bool of_the_past, int depth) const;
  std::string changed_below(size_t stage, int depth) const;
  std::string text_of(size_t stage) const;  // of the key of now, as far as it is known

  const Pipeline& pipeline_;
  const std::vector<PlannedStage>& planned_;
  StageKeys& keys_;
  const Store& store_;
  const PipelineState& state_;
  std::int64_t epoch_;
  ByHand by_hand_;
};

}  // namespace baker
