#include "engine/cli/bake_all.h"

#include "engine/base/error.h"
#include "engine/cli/background_collection.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/noted_use.h"
#include "engine/cli/preflight.h"
#include "engine/cli/push_layers.h"
#include "engine/cli/remote_plan.h"
#include "engine/io/files.h"

#include <algorithm>

namespace baker {

size_t prune(Session& session, const Settings& settings, EventSink& sink) {
  size_t removed = 0;
  for (const std::string& machine : session.machines().no_longer_described(session.pipeline())) {
    if (settings.prune) {
      ++removed;
      sink.on(removed_note(machine, session.machines().remove(machine),
                           ": the pipeline no longer describes it"));
      tell_notes(session.machines(), sink);
    } else {
      sink.on(Note{true, "machine \"" + machine +
                             "\" is no longer described by the pipeline: --prune removes it"});
    }
  }
  return removed;
}

std::vector<std::string> notes_of(const Pipeline& pipeline,
                                  const std::vector<PlannedStage>& planned) {
  std::vector<std::string> notes;
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!planned[i].pins) continue;
    for (const Value& pin : planned[i].pins->pins) {
      const auto note = pin.map()->find("note");
      if (note != pin.map()->end())
        notes.push_back(pipeline.stages[i].name + ": " + note->second.plain());
    }
  }
  return notes;
}

namespace {

// A remote that can't be written to costs a warning: what was baked is here.
void share_what_was_baked(Bake& bake, const Settings& settings, EventSink& sink) {
  Session& session = bake.session();
  const std::optional<RemoteSettings> remote = remote_of(settings);
  if (!remote || !may_push(*remote)) return;
  const std::vector<PlannedStage> planned = session.planner().plan();
  try {
    push_layers(session, *remote, planned, std::vector<bool>(planned.size(), true),
                {.interrupt_fd = bake.build_settings().interrupt_fd}, sink);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    sink.on(Note{true, "not everything was pushed to " + remote->url + ": " + error.describe()});
  }
}

}  // namespace

RunFinished bake_all(Bake& bake, const Settings& settings, EventSink& sink) {
  Session& session = bake.session();
  // What others have baked needs none of the programs that baking needs.
  const RemotePlan found = plan_with_remote(session, settings, bake.build_settings().interrupt_fd);
  std::vector<PlannedStage> planned = found.planned;
  if (!found.trouble.empty()) {
    sink.on(Note{true, left_alone(found.remote, found.trouble)});
    bake.leave_remote_alone();
  }
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!planned[i].damage.empty())
      sink.on(StageMessage{session.pipeline().stages[i].name, false,
                           planned[i].damage + ": baked again"});
  }
  check_host(session, settings, planned, sink);
  session.store().begin_use();  // of a store that is new
  if (bake.build_settings().elsewhere) tell_what_others_see(session, needed_remote(settings), sink);
  if (settings.locked && !path_exists(session.lock().path())) {
    throw Error("--locked bakes what the lock file says, and there is none (" +
                session.lock().path() + "): run once without it");
  }
  if (settings.locked && !session.lock().has_saved_epoch()) {
    throw Error("--locked bakes what the lock file says, and " + session.lock().path() +
                " has no source-date-epoch: run once without it");
  }
  if (!settings.locked) {
    const auto epoch = session.lock().epoch();
    session.lock().save();
    if (session.lock().epoch() != epoch) planned = session.planner().plan();
  }
  const bool pins_are_known = std::ranges::none_of(planned, [](const PlannedStage& stage) {
    return stage.must_resolve || stage.action == StageAction::kDepends;
  });
  RunFinished summary = bake.run(planned);
  std::erase_if(session.state().stages,
                [&](const auto& entry) { return !session.pipeline().find(entry.first); });
  session.save_state();
  note_use(session, session.state());
  session.store().end_use();
  collect_in_background(settings);
  session.memo().save();
  if (summary.baked > 0 && bake.uses_remote()) share_what_was_baked(bake, settings, sink);
  summary.notes = notes_of(session.pipeline(), pins_are_known ? planned : session.planner().plan());
  return summary;
}

}  // namespace baker
