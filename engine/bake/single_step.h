// One step of one stage that acts while machines are started: a host stage's apply or remove, or a
// probe.
#pragma once

#include "engine/bake/builder.h"
#include "engine/plan/pipeline_state.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace baker {

struct SingleStep {
  std::string stage;
  std::string type;
  std::string step;  // apply, remove, or one of a probe's
  StageKind kind = StageKind::kHost;
  nlohmann::json options;
  std::map<std::string, std::string> programs;  // Debian package by program
  std::int64_t timeout_seconds = 3600;
  std::vector<std::pair<std::string, int>> machines;  // that run: name and pidfd of its init
  nlohmann::json before = nlohmann::json::object();   // a probe's options and what it remembered
};

// The step of a stage of the pipeline.
SingleStep single_step_of(const Pipeline& pipeline, const Stage& stage, const std::string& step);

// The step of one as the state keeps it, whatever the pipeline says now. It has no programs.
SingleStep single_step_of(const std::string& stage, const AppliedState& applied, StageKind kind,
                          const std::string& step);

// Waits for its end, at most timeout_seconds, and returns the step's reply. Throws Error: what the
// stage said, or, after killing the step, that it did not end in time, or kInterrupted.
nlohmann::json run_step(const SingleStep& step, const PluginFiles& plugins, Store& store,
                        const BuildSettings& settings, EventSink& sink);

}  // namespace baker
