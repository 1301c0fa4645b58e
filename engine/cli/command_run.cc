// baker run: bake what has changed, place the machines.
#include "engine/cli/bake_all.h"
#include "engine/cli/commands.h"
#include "engine/cli/reporting.h"

#include <algorithm>
#include <chrono>

namespace baker {
namespace {

bool nothing_to_do(const std::vector<PlannedStage>& planned) {
  for (const PlannedStage& stage : planned) {
    if (is_to_be_done(stage.action)) return false;
  }
  return true;
}

// The stages' keys are remembered, also when all was cached: `why` tells what changed last.
void remember_keys(Session& session, const std::vector<PlannedStage>& planned) {
  const auto at_up = std::ranges::count(planned, StageAction::kAtUp, &PlannedStage::action);
  bool changed = session.state().stages.size() + static_cast<size_t>(at_up) != planned.size();
  for (size_t i = 0; i < planned.size(); ++i) {
    if (planned[i].action == StageAction::kAtUp) continue;
    const std::string& name = session.pipeline().stages[i].name;
    changed = changed || session.state().stages[name].key != planned[i].key->hex;
    session.state().set_key(name, planned[i].key->hex);
  }
  if (changed) session.state().save(session.state_folder());
  session.memo().save();
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
    remember_keys(*session, planned);
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
