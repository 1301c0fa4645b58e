// Everything that a command about one pipeline works with, read once.
#pragma once

#include "cache/store.h"
#include "engine/cli/settings.h"
#include "engine/machines/machines.h"
#include "engine/pipeline/lock_file.h"
#include "engine/plan/pipeline_state.h"
#include "engine/plan/planner.h"
#include "engine/plugin/catalogue.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace baker {

class Session {
 public:
  // Reads, and changes nothing. With the pipeline's lock, which outlives it, its state and machines
  // can be changed later. `memo`: what a session before this one has looked at. Throws Error.
  explicit Session(const Settings& settings, const PipelineLock* lock = nullptr,
                   std::optional<DigestMemo> memo = std::nullopt);

  const Pipeline& pipeline() const { return pipeline_; }
  Catalogue& catalogue() { return catalogue_; }
  LockFile& lock() { return lock_; }
  const LockFile& lock() const { return lock_; }
  Store& store() { return store_; }
  const Store& store() const { return store_; }
  StageKeys& keys() { return keys_; }
  DigestMemo& memo() { return memo_; }
  PipelineState& state() { return state_; }
  Machines& machines() { return machines_; }
  Planner& planner() { return planner_; }
  const std::string& state_folder() const { return state_folder_; }
  // Durable. Throws Error.
  void save_state() const;

  // Why a plan is as it is, against the keys of `before`. All three outlive it.
  Reasons reasons(const std::vector<PlannedStage>& planned, const PipelineState& before);

  // By stage: whether it is one of these, or of a for-each of this name; all where none is named.
  // Throws Error (kInvalid) for a name of neither, with a suggestion.
  std::vector<bool> stages_named(const std::vector<std::string>& names) const;
  // The index of a stage that the user named; throws Error (kInvalid) with a suggestion.
  size_t stage_index(const std::string& name) const;

 private:
  const PipelineLock* pipeline_lock_;
  std::unique_ptr<FileOps> files_;
  Catalogue catalogue_;
  Pipeline pipeline_;
  std::string state_folder_;
  Store store_;
  LockFile lock_;
  DigestMemo memo_;
  StageKeys keys_;
  PipelineState state_;
  Machines machines_;
  Planner planner_;
};

}  // namespace baker
