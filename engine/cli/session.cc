#include "engine/cli/session.h"

#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/programs.h"
#include "engine/io/files.h"
#include "engine/pipeline/host_settings.h"

#include <ctime>
#include <filesystem>

namespace baker {
namespace {

std::string lock_path(const Settings& settings) {
  if (!settings.lock_file.empty()) return settings.lock_file;
  const std::string& file = settings.pipeline;
  return (file.ends_with(".toml") ? file.substr(0, file.size() - 5) : file) + ".lock.toml";
}

PipelineState load_state(const Settings& settings, const Pipeline& pipeline,
                         const std::string& folder) {
  const std::string file = absolute_path(pipeline.file);
  PipelineState state = PipelineState::load(folder).value_or(PipelineState{});
  std::error_code none;
  if (std::filesystem::equivalent(state.file, file, none)) return state;  // by another path
  if (!state.file.empty() && state.file != file && path_exists(state.file)) {
    Invocation other = settings.invocation;
    other.pipeline = pipeline.name;
    std::erase_if(other.options, [](const Option& option) { return option.name == "--set"; });
    throw Error(ErrorCode::kInvalid,
                "pipeline \"" + pipeline.name + "\" is the one in " + state.file + ", not " + file +
                    ": machines and state belong to a name. Give this one another name, remove "
                    "that file if this is the same pipeline at a new place, or take the other away "
                    "with: " +
                    command_line(other, "destroy"));
  }
  state.file = file;
  return state;
}

LockFile load_lock(const Settings& settings) {
  try {
    return LockFile::load(lock_path(settings));
  } catch (Error& error) {
    if (settings.renews_all_pins) {
      LockFile renewed(lock_path(settings));
      renewed.drop_all();
      return renewed;
    }
    throw error.during("reading the lock file (`" + command_line(settings.invocation, "update") +
                       "` makes a new one)");
  }
}

}  // namespace

Session::Session(const Settings& settings, const PipelineLock* lock, std::optional<DigestMemo> memo)
    : pipeline_lock_(lock),
      files_(real_file_ops()),
      catalogue_(plugin_folders(settings.plugin_dirs)),
      pipeline_(read_pipeline(settings.pipeline, settings.set, catalogue_)),
      state_folder_(absolute_path(settings.state_dir) + "/" + pipeline_.name),
      store_(absolute_path(settings.cache_dir), *files_),
      lock_(load_lock(settings)),
      memo_(memo ? *std::move(memo) : DigestMemo(store_.memo_path("digests"))),
      keys_(pipeline_, catalogue_, memo_),
      state_(load_state(settings, pipeline_, state_folder_)),
      machines_(machine_places(settings, state_folder_), state_, lock,
                {settings.place, read_host_settings().place}),
      planner_(pipeline_, keys_, lock_, store_, state_,
               [this](const Stage& stage, const std::string& key,
                      const std::vector<std::string>& layers) {
                 return machines_.in_place(stage, key, layers);
               }) {
  if (!lock_.epoch()) lock_.set_epoch(time(nullptr));
}

void Session::save_state() const {
  check(pipeline_lock_ != nullptr, "a state is saved only while its pipeline is locked");
  state_.save(*pipeline_lock_);
}

Reasons Session::reasons(const std::vector<PlannedStage>& planned, const PipelineState& before) {
  return {pipeline_,
          planned,
          keys_,
          store_,
          before,
          lock_.epoch().value_or(0),
          [this](const Stage& stage) { return machines_.changed_by_hand(stage); }};
}

std::vector<bool> Session::stages_named(const std::vector<std::string>& names) const {
  const std::vector<Stage>& stages = pipeline_.stages;
  std::vector<bool> named(stages.size(), names.empty());
  for (const std::string& name : names) {
    bool found = false;
    for (size_t i = 0; i < stages.size(); ++i)
      if (stages[i].name == name || stages[i].group == name) named[i] = found = true;
    if (!found) stage_index(name);  // throws
  }
  return named;
}

size_t Session::stage_index(const std::string& name) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < pipeline_.stages.size(); ++i) {
    if (pipeline_.stages[i].name == name) return i;
    names.push_back(pipeline_.stages[i].name);
  }
  const std::string hint = suggestion(name, names);
  throw Error(ErrorCode::kInvalid, pipeline_.file + " has no stage \"" + name + "\"" +
                                       (hint.empty() ? "" : " (" + hint + ")"));
}

}  // namespace baker
