// baker update: asks the outside world again.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/bake.h"
#include "engine/cli/commands.h"
#include "engine/cli/preflight.h"
#include "engine/cli/reporting.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <string>

namespace baker {
namespace {

// The stages to resolve again.
std::vector<bool> wanted_stages(const Session& session, const std::vector<std::string>& names) {
  const std::vector<Stage>& stages = session.pipeline().stages;
  std::vector<bool> wanted = session.stages_named(names);
  for (size_t i = 0; i < stages.size(); ++i) {
    if (wanted[i] && !names.empty() && !stages[i].type->resolve)
      throw Error(ErrorCode::kInvalid, "stage \"" + stages[i].name + "\" (" + stages[i].type->type +
                                           ") pins nothing: there is nothing to update");
    wanted[i] = wanted[i] && stages[i].type->resolve.has_value();
  }
  return wanted;
}

// Those that this pipeline has asked for before, or would use now. Other pipelines of the same file
// keep theirs.
void drop_answers(Session& session, const std::vector<bool>& wanted) {
  std::set<std::string> groups;
  std::set<std::string> used;
  const std::vector<PlannedStage> planned = session.planner().plan();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    groups.insert(session.pipeline().stages[i].group);
    if (planned[i].pins) used.insert(planned[i].pins->key);
  }
  session.lock().drop([&](const PinSet& set) {
    return used.contains(set.key) ||
           (set.pipeline == session.pipeline().name && groups.contains(set.stage));
  });
}

// Whether other pipelines have answers in the same file, and all their layers the same epoch.
bool is_shared(Session& session) {
  return std::ranges::any_of(session.lock().sets(), [&](const PinSetPointer& set) {
    return !set->pipeline.empty() && set->pipeline != session.pipeline().name;
  });
}

// What answered the same question before: the same key, or, where the root has changed meanwhile,
// the same options.
PinSetPointer earlier_answer(const LockFile& before, const PinSet& after) {
  if (PinSetPointer same = before.find(after.key)) return same;
  const std::vector<PinSetPointer> sets = before.sets();
  auto found = std::ranges::find_if(sets, [&](const PinSetPointer& set) {
    return set->stage == after.stage && set->asked == after.asked;
  });
  return found == sets.end() ? nullptr : *found;
}

std::string change_words(const PinSetPointer& before, const PinSet& after) {
  if (!before) return fmt::format("{} pins", after.pins.size());
  const std::vector<std::string> words = differences({{"pins", Value(before->pins).canonical()}},
                                                     {{"pins", Value(after.pins).canonical()}});
  return words.empty() ? "nothing new" : join(words, ", ");
}

void report_changes(const LockFile& before, const LockFile& after,
                    const std::set<std::string>& stages, EventSink& sink) {
  for (const PinSetPointer& set : after.sets()) {
    if (stages.contains(set->stage))
      sink.on(Note{false, set->stage + ": " + change_words(earlier_answer(before, *set), *set)});
  }
}

}  // namespace

int command_update(const Settings& given) {
  Settings settings = given;
  settings.renews_all_pins = settings.stages.empty();
  if (settings.locked || settings.offline)
    throw Error(ErrorCode::kInvalid,
                "update asks the outside world: --locked and --offline forbid it");
  std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  const std::vector<bool> wanted = wanted_stages(session, settings.stages);
  const LockFile before = session.lock();
  drop_answers(session, wanted);
  if (settings.stages.empty() && !is_shared(session)) session.lock().set_epoch(time(nullptr));
  const std::vector<PlannedStage> planned = session.planner().plan();
  check_host(session, settings, planned, *sink);
  bake.resolve(planned, wanted);
  session.lock().save();
  session.memo().save();
  std::set<std::string> groups;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) groups.insert(session.pipeline().stages[i].group);
  }
  report_changes(before, session.lock(), groups, *sink);
  return 0;
}

}  // namespace baker
