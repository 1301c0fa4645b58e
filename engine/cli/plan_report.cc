#include "engine/cli/plan_report.h"

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

void print_json(const Stage& stage, const PlannedStage& planned, const std::string& reason) {
  nlohmann::json line = {{"event", "plan-stage"},
                         {"stage", stage.name},
                         {"type", stage.type->type},
                         {"action", word_of(planned.action)}};
  if (planned.key) line["key"] = planned.key->hex;
  if (planned.layer) line["layer"] = planned.layer->hex();
  if (!reason.empty()) line["reason"] = reason;
  if (planned.must_resolve) line["resolve"] = true;
  std::puts(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

void print_plan(Session& session, const std::vector<PlannedStage>& planned,
                const Settings& settings) {
  const Reasons reasons(session.pipeline(), planned, session.keys(), session.store(),
                        session.state(), session.lock().source_date_epoch());
  size_t to_do = 0;
  for (size_t i = 0; i < planned.size(); ++i) {
    const Stage& stage = session.pipeline().stages[i];
    const bool runs = is_to_be_done(planned[i].action);
    const std::string reason = runs ? reasons.why_it_runs(i) : "";
    if (runs) ++to_do;
    if (settings.json) {
      print_json(stage, planned[i], reason);
    } else if (!settings.quiet) {
      std::printf("%-20s %s%s%s\n", stage.name.c_str(), action_words(stage, planned[i]).c_str(),
                  reason.empty() ? "" : ": ", reason.c_str());
    }
  }
  if (settings.json || settings.quiet) return;
  std::printf("%s: %zu of %zu stages to do\n", session.pipeline().name.c_str(), to_do,
              planned.size());
  std::fflush(stdout);
}

}  // namespace baker
