// baker why: why a stage would run, or what last changed for one that is in place.
#include "engine/cli/commands.h"
#include "engine/cli/remote_plan.h"
#include "engine/plan/failed_attempts.h"
#include "engine/report/words.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

struct Why {
  bool runs = false;
  std::string reason;    // empty: nothing changed for it
  std::string sentence;  // all that is told to people
};

Why why_it_runs(const Session& session, const Settings& settings, const Reasons& reasons,
                size_t index) {
  const Stage& stage = session.pipeline().stages[index];
  const std::string done = stage.type->kind == StageKind::kHost ? "placed" : "baked";
  const std::string reason = reasons.why_it_runs(index);
  const bool never = reason.starts_with("never baked");
  std::string sentence = stage.name +
                         (reasons.deciders_of(index).empty() ? " will be " : " may be ") + done +
                         (never ? ": " : " again because ") + reason;
  if (has_failed(session.state_folder(), stage.name))
    sentence += "\nthe last attempt failed; its log: " +
                command_line(settings.invocation, "log", {stage.name});
  return {true, reason, sentence};
}

Why why_it_is_there(const Reasons& reasons, const Store& store, const PlannedStage& planned,
                    size_t index, const std::string& name) {
  std::string sentence = name + " is up to date";
  if (const std::optional<ActionRecord> record = store.record(planned.key->hex)) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s",
                  static_cast<double>(record->duration_ms) / 1000);
    sentence += ": made " + local_time(record->finished) + " in " + seconds + ", key " +
                planned.key->hex.substr(0, 12);
  }
  sentence += '\n';
  if (const std::string since = reasons.change_since_last_run(index); !since.empty())
    return {false, since, sentence + "since the last run, " + since + "; it was made before that"};
  const std::string last = reasons.last_change(index);
  return {false, last,
          sentence + (last.empty() ? "nothing changed for it since it was first made"
                                   : "it last changed because " + last)};
}

}  // namespace

int command_why(const Settings& settings) {
  Session session(settings);
  const size_t index = session.stage_index(settings.stages.at(0));
  const std::string& name = session.pipeline().stages[index].name;
  const RemotePlan plan = plan_with_remote(session, settings);
  const std::vector<PlannedStage>& all = plan.planned;
  const PlannedStage& planned = all[index];
  const Reasons reasons = session.reasons(all, session.state());
  const std::string at_up = "it acts at every `up`";
  Why why = planned.action == StageAction::kAtUp ? Why{false, at_up, name + ": " + at_up}
            : planned.action == StageAction::kNothing
                ? why_it_is_there(reasons, session.store(), planned, index, name)
                : why_it_runs(session, settings, reasons, index);
  if (const std::string note = plan.note_on(planned); planned.action == StageAction::kPull)
    why.sentence = name + " will be pulled: it was " + note;
  else if (!note.empty())
    why.sentence += "\n" + note;
  if (!plan.trouble.empty())
    why.sentence += "\n" + plan.remote + " could not be asked: " + plan.trouble;
  if (!settings.json) {
    std::puts(why.sentence.c_str());
    return 0;
  }
  const nlohmann::json record = {
      {"event", "why"}, {"stage", name}, {"runs", why.runs}, {"reason", why.reason}};
  std::puts(record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace baker
