// baker run: bake what has changed, place the machines.
#include "engine/base/error.h"
#include "engine/cli/bake_all.h"
#include "engine/cli/commands.h"
#include "engine/cli/noted_use.h"
#include "engine/cli/preflight.h"
#include "engine/cli/reporting.h"

#include <algorithm>
#include <chrono>
#include <map>

namespace baker {
namespace {

bool nothing_to_do(const std::vector<PlannedStage>& planned) {
  for (const PlannedStage& stage : planned) {
    if (is_to_be_done(stage.action)) return false;
  }
  return true;
}

std::map<std::string, std::string> keys_of(const Pipeline& pipeline,
                                           const std::vector<PlannedStage>& planned) {
  std::map<std::string, std::string> keys;
  for (size_t i = 0; i < planned.size(); ++i)
    if (planned[i].action != StageAction::kAtUp)
      keys.emplace(pipeline.stages[i].name, planned[i].key->hex);
  return keys;
}

bool remembers(const PipelineState& state, const std::map<std::string, std::string>& keys) {
  return std::ranges::equal(state.stages, keys, [](const auto& stage, const auto& key) {
    return stage.first == key.first && stage.second.key == key.second;
  });
}

// The stages' keys are remembered, also when all was cached: `why` tells what changed last. Not
// where another baker works on the pipeline, which has newer ones, nor where this user may not.
void remember_keys(Session& session, const std::map<std::string, std::string>& keys) {
  try {
    const auto lock = PipelineLock::try_take(session.state_folder());
    if (!lock) return;
    PipelineState state = PipelineState::load(lock->folder()).value_or(PipelineState{});
    state.file = session.state().file;
    for (const auto& [stage, key] : keys) state.set_key(stage, key);
    std::erase_if(state.stages, [&](const auto& stage) { return !keys.contains(stage.first); });
    state.save(*lock);
    note_use(session, state);
  } catch (const Error&) {
  }
}

// The store may have been used by a baker that told it nothing, or be another one.
void remember_use(Session& session) {
  try {
    note_use(session, session.state());
  } catch (const Error&) {
  }
}

RunFinished summary_of_nothing(Session& session, const std::vector<PlannedStage>& planned) {
  RunFinished summary;
  summary.notes = notes_of(session.pipeline(), planned);
  summary.pipeline = session.pipeline().name;
  for (const Stage& stage : session.pipeline().stages)
    if (!stage.type->at_up)
      ++(stage.type->kind == StageKind::kLayer ? summary.cached : summary.in_place);
  return summary;
}

std::string next_command(const RunFinished& summary, const Settings& settings) {
  const bool has_machines = summary.pending + summary.placed + summary.in_place > 0;
  return command_line(settings.invocation, has_machines ? "up" : "plan");
}

}  // namespace

int command_run(const Settings& settings) {
  const auto started = std::chrono::steady_clock::now();
  std::unique_ptr<EventSink> sink = make_sink(settings);
  auto session = std::make_unique<Session>(settings);
  std::vector<PlannedStage> planned = session->planner().plan();
  if (nothing_to_do(planned) &&
      session->machines().no_longer_described(session->pipeline()).empty()) {
    check_own_folders(settings);  // as Bake does before anything else is written
    const std::map<std::string, std::string> keys = keys_of(session->pipeline(), planned);
    if (remembers(session->state(), keys))
      remember_use(*session);
    else
      remember_keys(*session, keys);
    session->memo().save();
    session->store().sweep();
    RunFinished summary = summary_of_nothing(*session, planned);
    summary.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    summary.next = next_command(summary, settings);
    sink->on(summary);
    return 0;
  }
  Bake bake(settings, std::move(session),
            *sink);  // from here on one baker at a time works on this pipeline
  RunFinished summary = bake_all(bake, settings, *sink);
  summary.removed = prune(bake.session(), settings, *sink);
  summary.next = next_command(summary, settings);
  sink->on(summary);
  return 0;
}

}  // namespace baker
