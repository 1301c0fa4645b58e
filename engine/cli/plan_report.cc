#include "engine/cli/plan_report.h"

#include "engine/base/text.h"
#include "engine/plan/failed_attempts.h"
#include "engine/report/printable.h"
#include "engine/report/words.h"

#include <fmt/core.h>

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
    case StageAction::kPull:
      return "pull";
    case StageAction::kApply:
      return "place";
    case StageAction::kDepends:
      return "depends";
    case StageAction::kAtUp:
      return "at-up";
  }
  return "";
}

std::string names_of(const Pipeline& pipeline, const std::vector<size_t>& stages) {
  std::vector<std::string> names;
  for (size_t stage : stages) names.push_back(pipeline.stages[stage].name);
  return join(names, ", ");
}

std::string action_words(const Pipeline& pipeline, const Stage& stage, const PlannedStage& planned,
                         const std::vector<size_t>& deciders) {
  const bool is_host = stage.type->kind == StageKind::kHost;
  const std::string verb = is_host ? "place" : "bake";
  switch (planned.action) {
    case StageAction::kNothing:
      return is_host ? "in place" : "cached";
    case StageAction::kAtUp:
      return "at `up`";
    case StageAction::kPull:
      return "pull";
    default:
      if (!deciders.empty())
        return "may " + verb + " (depends on " + names_of(pipeline, deciders) + ")";
      return planned.must_resolve ? "resolve, then " + verb : verb;
  }
}

// Each stage is counted once, so that the numbers add up.
class Count {
 public:
  void add(const Stage& stage, const PlannedStage& planned, bool may) {
    if (planned.action == StageAction::kAtUp) {
      ++at_up_;
      return;
    }
    if (planned.action == StageAction::kPull) {
      ++stages_.pulled;
      return;
    }
    Kind& kind = stage.type->kind == StageKind::kHost ? machines_ : stages_;
    ++(!is_to_be_done(planned.action) ? kind.done : may ? kind.may : kind.sure);
  }
  std::string text() const {
    std::vector<std::string> parts;
    if (stages_.all() > 0)
      parts.push_back(counted(stages_.all(), "stage") +
                      stages_.text("to bake", "may bake", "cached"));
    if (machines_.all() > 0)
      parts.push_back(counted(machines_.all(), "machine") +
                      machines_.text("to place", "may be placed", "in place"));
    if (at_up_ > 0) parts.push_back(fmt::format("{} at `up`", at_up_));
    return join(parts, ", ");
  }

 private:
  struct Kind {
    size_t sure = 0;
    size_t may = 0;
    size_t done = 0;
    size_t pulled = 0;

    size_t all() const { return sure + may + done + pulled; }
    std::string text(const char* when_sure, const char* when_not, const char* when_done) const {
      std::vector<std::string> parts;
      for (const auto& [number, words] : {std::pair(sure, when_sure), std::pair(may, when_not),
                                          std::pair(pulled, "to pull"), std::pair(done, when_done)})
        if (number > 0) parts.push_back(fmt::format("{} {}", number, words));
      return " (" + join(parts, ", ") + ")";
    }
  };

  Kind stages_;
  Kind machines_;
  size_t at_up_ = 0;
};

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

void print_plan(Session& session, const RemotePlan& plan, const Settings& settings) {
  const std::vector<PlannedStage>& planned = plan.planned;
  const Reasons reasons = session.reasons(planned, session.state());
  Count count;
  for (size_t i = 0; i < planned.size(); ++i) {
    const Stage& stage = session.pipeline().stages[i];
    const bool runs = is_to_be_done(planned[i].action);
    std::string reason = runs ? reasons.why_it_runs(i) : "";
    if (runs && has_failed(session.state_folder(), stage.name))
      reason += "; the last attempt failed";
    if (const std::string note = plan.note_on(planned[i]); !note.empty())
      reason = planned[i].action == StageAction::kPull ? note : reason + "; " + note;
    const std::vector<size_t> deciders = reasons.deciders_of(i);
    count.add(stage, planned[i], !deciders.empty());
    if (settings.json) {
      print_json(stage, planned[i], reason);
    } else {
      std::printf("%-20s %s%s%s\n", stage.name.c_str(),
                  action_words(session.pipeline(), stage, planned[i], deciders).c_str(),
                  reason.empty() ? "" : ": ", reason.c_str());
    }
  }
  if (!plan.trouble.empty())
    std::fprintf(stderr, "warning: %s could not be asked: %s\n", plan.remote.c_str(),
                 printable(plan.trouble).c_str());
  if (settings.json) return;
  std::printf("%s: %s\n", session.pipeline().name.c_str(), count.text().c_str());
  std::fflush(stdout);
}

}  // namespace baker
