// baker run: bake what has changed, place the machines.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/build/builder.h"
#include "engine/cli/bake.h"
#include "engine/cli/commands.h"
#include "engine/cli/preflight.h"
#include "engine/cli/reporting.h"
#include "engine/io/files.h"

#include <chrono>

namespace baker {
namespace {

bool nothing_to_do(const std::vector<PlannedStage>& planned) {
  for (const PlannedStage& stage : planned) {
    if (stage.action != StageAction::kNothing && stage.action != StageAction::kAtUp) return false;
  }
  return true;
}

// The stages' keys are remembered, also when all was cached: `why` tells what changed last.
void remember_keys(Session& session, const std::vector<PlannedStage>& planned) {
  bool changed = session.state().stages.size() != planned.size();
  for (size_t i = 0; i < planned.size(); ++i) {
    if (planned[i].action == StageAction::kAtUp) continue;
    const std::string& name = session.pipeline().stages[i].name;
    changed = changed || session.state().stages[name].key != planned[i].key->hex;
    session.state().set_key(name, planned[i].key->hex);
  }
  if (changed) session.state().save(session.state_folder());
  session.memo().save();
}

RunFinished summary_of_nothing(Session& session) {
  RunFinished summary;
  summary.pipeline = session.pipeline().name;
  for (const Stage& stage : session.pipeline().stages)
    if (!stage.type->at_up)
      ++(stage.type->kind == StageKind::kLayer ? summary.cached : summary.in_place);
  return summary;
}

// What the pipeline no longer describes is reported, and removed where the user says so. Returns
// how many machines went.
size_t prune(Session& session, const Settings& settings, EventSink& sink) {
  size_t removed = 0;
  for (const std::string& machine : session.machines().no_longer_described(session.pipeline())) {
    if (settings.prune) {
      ++removed;
      session.machines().remove(machine);
      sink.on(
          Note{false, "machine \"" + machine + "\" removed: the pipeline no longer describes it"});
    } else {
      sink.on(Note{true, "machine \"" + machine +
                             "\" is no longer described by the pipeline: --prune removes it"});
    }
  }
  std::erase_if(session.state().stages,
                [&](const auto& entry) { return !session.pipeline().find(entry.first); });
  return removed;
}

// The first pin that says what distribution it is.
std::string base_of(Session& session) {
  for (const PlannedStage& planned : session.planner().plan()) {
    if (!planned.pins) continue;
    for (const Value& pin : planned.pins->pins) {
      auto base = pin.map()->find("base");
      if (base != pin.map()->end()) return base->second.plain();
    }
  }
  return "";
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
    RunFinished summary = summary_of_nothing(*session);
    summary.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    sink->on(summary);
    return 0;
  }
  Bake bake(settings, std::move(session),
            *sink);  // from here on one baker at a time works on this pipeline
  planned = bake.session().planner().plan();
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!planned[i].damage.empty())
      sink->on(StageMessage{bake.session().pipeline().stages[i].name, false,
                            planned[i].damage + ": baked again"});
  }
  check_host(bake.session(), settings, planned);
  if (settings.locked && !path_exists(bake.session().lock().path())) {
    throw Error("--locked bakes what the lock file says, and there is none (" +
                bake.session().lock().path() + "): run once without it");
  }
  if (!settings.locked) bake.session().lock().save();
  RunFinished summary = bake.run(planned);
  summary.removed = prune(bake.session(), settings, *sink);
  bake.session().state().save(bake.session().state_folder());
  bake.session().memo().save();
  summary.base = base_of(bake.session());
  summary.next = summary.pending > 0                     ? "baker status " + settings.pipeline
                 : summary.placed + summary.in_place > 0 ? "baker status " + settings.pipeline
                                                         : "baker plan " + settings.pipeline;
  sink->on(summary);
  return 0;
}

}  // namespace baker
