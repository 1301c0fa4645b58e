// What the builder knows of one stage while it works on it. Private to the builder.
#pragma once

#include "engine/bake/builder.h"
#include "engine/bake/phase.h"
#include "engine/bake/runner_process.h"
#include "engine/io/lock_waiter.h"
#include "engine/io/unique_fd.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace baker {

struct Builder::Work {
  Phase phase = Phase::kWaiting;  // changed by Builder::enter alone
  PlannedStage planned;
  std::vector<InputDigest> asked_inputs;  // when resolving began
  bool why_is_told = false;
  bool asked_remote = false;
  std::optional<StepPlace> place_away;  // while it is baked on another host
  bool stays_here = false;              // it can't be baked on other hosts
  nlohmann::json sent;                  // what was sent there
  std::string last_line;                // that the step printed which has ended
  StepResult made_away;                 // until the layer has come back
  std::string content_error;   // of its sources, once the shared cache was asked for pinned content
  bool downloaded = false;     // what baker itself fetches was asked for
  bool fetched = false;        // the rest was
  bool fetched_again = false;  // as it was damaged in the cache
  std::optional<WorkFolder> folder;  // of the step that runs, where it has one of its own
  std::string step_folder;           // its path, or that of the one that all machines share
  std::string log_file;              // of the step
  std::optional<RunnerProcess> runner;
  std::unique_ptr<LockWaiter> waiter;
  std::optional<FileLock> key_lock;
  std::string baked_layer;  // folder with tree and listing, until it has moved into the store
  std::string layer_digest;
  std::string snapshot_tree;  // of its machine
  PlaceChoice place;          // likewise, once its tree is to be made
  std::chrono::steady_clock::time_point started;
  bool timed_out = false;
  bool snapshot_considered = false;  // whether its machine can begin as a snapshot
};

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace baker
