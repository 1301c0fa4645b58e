// baker plan: what a run would do, and why.
#include "engine/cli/commands.h"
#include "engine/cli/leave.h"
#include "engine/cli/session.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

const char* word_of(StageAction action) {
  switch (action) {
    case StageAction::kNothing:
      return "nothing";
    case StageAction::kBake:
      return "bake";
    case StageAction::kApply:
      return "place";
    case StageAction::kDepends:
      return "depends";
    case StageAction::kAtUp:
      return "at-up";
  }
  return "";
}

std::string action_words(const Stage& stage, const PlannedStage& planned) {
  switch (planned.action) {
    case StageAction::kNothing:
      return stage.type->kind == StageKind::kHost ? "in place" : "cached";
    case StageAction::kBake:
      return planned.must_resolve ? "resolve, then bake" : "bake";
    case StageAction::kApply:
      return "place";
    case StageAction::kDepends:
      return planned.must_resolve || (stage.type->resolve && stage.type->resolve->root)
                 ? "bake, unless its root stays the same (resolving needs that root first)"
             : stage.type->kind == StageKind::kHost ? "place, unless its root stays the same"
                                                    : "bake, unless its root stays the same";
    case StageAction::kAtUp:
      return "at baker up";
  }
  return "";
}

}  // namespace

int command_plan(const Settings& settings) {
  Session session(settings);
  const std::vector<PlannedStage> planned = session.planner().plan();
  const Reasons reasons(session.pipeline(), planned, session.keys(), session.store(),
                        session.state(), session.lock().source_date_epoch());
  size_t to_do = 0;
  for (size_t i = 0; i < planned.size(); ++i) {
    const Stage& stage = session.pipeline().stages[i];
    const bool runs =
        planned[i].action != StageAction::kNothing && planned[i].action != StageAction::kAtUp;
    const std::string reason = runs ? reasons.why_it_runs(i) : "";
    if (runs) ++to_do;
    if (settings.json) {
      nlohmann::json line = {{"event", "plan-stage"},
                             {"stage", stage.name},
                             {"type", stage.type->type},
                             {"action", word_of(planned[i].action)}};
      if (planned[i].key) line["key"] = planned[i].key->hex;
      if (planned[i].layer) line["layer"] = planned[i].layer->hex();
      if (runs) line["reason"] = reason;
      if (planned[i].must_resolve) line["resolve"] = true;
      std::puts(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else if (!settings.quiet) {
      std::printf("%-20s %s%s%s\n", stage.name.c_str(), action_words(stage, planned[i]).c_str(),
                  reason.empty() ? "" : ": ", reason.c_str());
    }
  }
  if (!settings.json && !settings.quiet) {
    for (const std::string& machine : session.machines().no_longer_described(session.pipeline())) {
      std::printf("machine \"%s\" is no longer described: baker run --prune removes it\n",
                  machine.c_str());
    }
    std::printf("%s: %zu of %zu stages to do\n", session.pipeline().name.c_str(), to_do,
                planned.size());
  }
  session.memo().save();
  leave(0);
}

}  // namespace baker
