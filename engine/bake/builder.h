// Carries out a pipeline: every stage whose layer is not in the store, as many at a time as
// allowed, each as soon as the stages that it stands on are done.
//
// One thread decides and waits; the work is done by runner processes. Layers are committed in the
// background, machines are placed at the end, all with one sync.
#pragma once

#include "cache/store.h"
#include "engine/bake/commit_queue.h"
#include "engine/bake/events.h"
#include "engine/bake/failures.h"
#include "engine/bake/machine_keeper.h"
#include "engine/bake/phase.h"
#include "engine/bake/runner_process.h"
#include "engine/bake/step_runner.h"
#include "engine/base/invocation.h"
#include "engine/io/btrfs.h"
#include "engine/pipeline/lock_file.h"
#include "engine/plan/pipeline_state.h"
#include "engine/plan/planner.h"

#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// What a run is for.
enum class Goal {
  kMachines,      // all that the pipeline describes
  kLayers,        // layers alone, and what they stand on
  kSharedLayers,  // likewise, as far as the shared cache has them; nothing is baked
  kPins,          // pins alone; what resolving looks at is baked. The lock file is not saved
};

struct BuildSettings {
  Invocation invocation;  // for the commands that messages suggest
  unsigned jobs = 1;
  bool locked = false;   // resolving is an error
  bool offline = false;  // so is fetching
  std::string runner_program;
  std::string download_program;
  std::string remote_program;
  nlohmann::json remote;  // what a request to it says of the shared cache; null: there is none
  std::string machines_folder;
  std::string state_folder;  // of the pipeline
  std::string logs_folder;   // logs of stages that failed
  int interrupt_fd = -1;     // readable once the user wants to stop
  Goal goal = Goal::kMachines;
  std::vector<bool> wanted;         // by stage, unless machines are the goal
  StepRunner* elsewhere = nullptr;  // other hosts that bake layers; null: none
};

// What a builder works with. All of it outlives the builder.
struct BuilderParts {
  const Pipeline& pipeline;
  Planner& planner;
  StageKeys& keys;
  const PluginFiles& plugins;
  LockFile& lock;
  Store& store;
  MachineKeeper& machines;
  PipelineState& state;
  const BuildSettings& settings;
  EventSink& sink;
  std::function<std::string(size_t)> why;  // a stage runs, in words
};

class Builder {
 public:
  explicit Builder(const BuilderParts& parts);
  ~Builder();

  // To be called once. Throws Error: the first stage that failed (stages that run are let finish),
  // or kInterrupted. What was finished is kept either way, and this waits until it is committed;
  // but machines are not placed where it was interrupted or a commit failed.
  RunFinished run();
  // Whether the shared cache, where there is one, has done all that it was asked for.
  bool remote_works() const { return remote_works_; }

 private:
  struct Work;  // one stage

  void choose_stages();
  void start_ready();
  void start_ready(bool hosts);
  void enter(size_t stage, Phase phase);
  void advance(size_t stage);  // one step further, as far as it goes without waiting
  void start_step(size_t stage, Phase phase);
  void give_folder(size_t stage, Phase phase);
  void bring_content(size_t stage);
  void start_download(size_t stage, nlohmann::json downloads);
  bool asks_remote(size_t stage) const;
  void start_pull(size_t stage);
  void on_pulled(size_t stage, const StepResult& result);
  // Whether it does so, where a source gave an error.
  bool asks_remote_for_content(size_t stage, const StepResult& result);
  void on_content_pulled(size_t stage, const StepResult& result);
  // Seconds that what runs of it may take; nothing where something else limits it.
  std::optional<std::int64_t> limit_of(size_t stage) const;
  bool bakes_away(size_t stage) const;
  size_t baking_here() const;
  void start_away(size_t stage);
  void send(size_t stage);
  void on_sent(size_t stage, const StepResult& result);
  void on_baked_away(size_t stage, StepResult result);
  void on_taken(size_t stage, const StepResult& result);
  void start_helper(size_t stage, const std::string& what, const nlohmann::json& request);
  void leave_place(size_t stage, bool works);
  void lose_place(size_t stage, const std::string& why);
  void go_on_here(size_t stage, const std::string& what, const StepResult& result);
  void use_free_places();
  void on_step_done(size_t stage);
  // Whether pinned content was found damaged, and is fetched again.
  bool fetches_again(size_t stage, const StepResult& result);
  void check_unchanged(size_t stage);
  void on_resolved(size_t stage, const StepResult& result);
  void on_baked(size_t stage, const StepResult& result);
  void on_applied(size_t stage, const StepResult& result);
  void commit_layer(size_t stage, ActionRecord record, StageOutcome outcome);
  void finish_layer(size_t stage, const Digest& layer, StageOutcome outcome, std::uint64_t bytes);
  void finish_host(size_t stage, StageOutcome outcome, const std::string& detail);
  void finish_resolved(size_t stage);
  void fail(size_t stage, const std::string& message);
  std::vector<std::string> running_stages() const;
  void attempt(size_t stage, const std::function<void()>& what);
  void forget_failure(const std::string& stage);
  std::string notes_on_failure(size_t stage, const std::string& error,
                               const std::deque<std::string>& last_lines) const;
  void check_allowed(size_t stage);
  std::string update_command(size_t stage) const;
  bool lock_or_wait(size_t stage);
  // Under the lock of its key; else the stage waits for that, or is done.
  bool is_still_missing(size_t stage);
  bool is_ready(size_t stage) const;
  unsigned most_at_a_time(const Work& work) const;
  void choose_snapshots();
  void take_snapshots();
  std::string roots_folder() const { return store_.folder() + "/roots"; }
  std::vector<RequestLayer> request_layers(const Stage& stage) const;
  UniqueFd open_layer(size_t stage) const;
  size_t shared_layers(const Stage& stage) const;
  std::vector<Value> missing_pins(const Work& work) const;
  std::vector<std::string> unverified_pins(const Work& work) const;
  StageRequest make_request(size_t stage, std::string_view step) const;
  ActionRecord make_record(size_t stage, const StepResult& result) const;
  void wait_for_something();
  void handle_ended();
  void end_all();
  void place_machines();

  const Pipeline& pipeline_;
  Planner& planner_;
  StageKeys& keys_;
  const PluginFiles& plugins_;
  LockFile& lock_;
  Store& store_;
  MachineKeeper& machines_;
  PipelineState& state_;
  const BuildSettings& settings_;
  EventSink& sink_;
  std::function<std::string(size_t)> why_;

  std::vector<std::unique_ptr<Work>> work_;
  std::vector<LayerName> layers_;
  std::vector<bool> to_bake_;  // or to place; the others are at most resolved
  std::vector<bool> included_;
  std::vector<SubvolumeSnapshot> snapshots_;  // trees of machines that are still to be made
  std::optional<Pipe> gate_;                  // closed until these are made: runners wait
  // Of all steps that prepare machines, which leave nothing in it. A folder for each, made and
  // removed, would have ext4 look through all of them for each file of the next machine: what was
  // removed in the last minute is not used again there.
  std::optional<WorkFolder> preparing_;
  std::vector<PreparedMachine> prepared_;
  std::vector<Commit> host_records_;  // `why` and `log` read them, no stage stands on them
  std::unique_ptr<CommitQueue> commits_;
  bool remote_works_ = true;  // as far as is known
  Failures failures_;
  size_t done_ = 0;
  unsigned running_ = 0;  // active phases, counted by enter
  RunFinished summary_;
};

}  // namespace baker
