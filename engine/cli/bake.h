// A run of the builder, with what the command line has to add: the lock of the pipeline, signals,
// the state that is saved however the run ends.
#pragma once

#include "engine/bake/builder.h"
#include "engine/cli/session.h"
#include "engine/cli/settings.h"
#include "engine/plan/pipeline_lock.h"

#include <memory>
#include <vector>

namespace baker {

class Bake {
 public:
  // Waits until no other baker works on this pipeline, and reads everything anew.
  // `sink` outlives this.
  Bake(const Settings& settings, std::unique_ptr<Session> session, EventSink& sink);

  Session& session() { return *session_; }
  // `planned` is what plan() gave. Throws Error; what was finished is in the store and the state.
  RunFinished run(const std::vector<PlannedStage>& planned);
  // Only resolves the stages that `wanted` names by index; stages below are baked where resolving
  // looks at them. The lock file is not saved.
  void resolve(const std::vector<PlannedStage>& planned, const std::vector<bool>& wanted);
  // Only bakes these layers, by index, and what they stand on. Nothing is placed.
  void bake_layers(const std::vector<PlannedStage>& planned, const std::vector<bool>& wanted);
  // Of these layers, by index, and what they stand on, takes what the shared cache has. Bakes and
  // places nothing.
  RunFinished pull_layers(const std::vector<PlannedStage>& planned,
                          const std::vector<bool>& wanted);
  // The shared cache does not work: it is asked for nothing more.
  void leave_remote_alone() { build_.remote = nullptr; }
  bool uses_remote() const { return !build_.remote.is_null(); }
  // For what else is done by runners while the pipeline is locked.
  const BuildSettings& build_settings() const { return build_; }

 private:
  RunFinished build(const std::vector<PlannedStage>& planned, Goal goal,
                    const std::vector<bool>& wanted);

  const Settings& settings_;
  EventSink& sink_;
  UniqueFd interrupt_;
  BuildSettings build_;
  std::unique_ptr<StepRunner> elsewhere_;
  std::optional<PipelineLock> lock_;
  std::unique_ptr<Session> session_;  // after the lock, which it uses
};

}  // namespace baker
