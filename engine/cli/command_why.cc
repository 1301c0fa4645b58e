// baker why: why a stage would run, or what last changed for one that is in place.
#include "engine/cli/commands.h"
#include "engine/cli/session.h"

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

std::string when(std::int64_t seconds) {
  char text[40];
  const time_t time = seconds;
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", std::localtime(&time));
  return text;
}

}  // namespace

int command_why(const Settings& settings) {
  Session session(settings);
  const size_t index = session.stage_index(settings.stages.at(0));
  const std::string& name = session.pipeline().stages[index].name;
  const std::vector<PlannedStage> planned = session.planner().plan();
  const Reasons reasons(session.pipeline(), planned, session.keys(), session.store(),
                        session.state(), session.lock().source_date_epoch());
  if (planned[index].action == StageAction::kAtUp) {
    std::printf("%s runs at every baker up\n", name.c_str());
    return 0;
  }
  const bool runs = planned[index].action != StageAction::kNothing;
  const std::string why = runs ? reasons.why_it_runs(index) : reasons.last_change(index);
  if (settings.json) {
    std::puts(nlohmann::json({{"event", "why"}, {"stage", name}, {"runs", runs}, {"reason", why}})
                  .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                  .c_str());
    return 0;
  }
  if (runs) {
    const char* will =
        planned[index].action == StageAction::kDepends ? "may be baked again" : "is baked again";
    const bool new_stage = why.starts_with("never baked");
    std::printf("%s %s%s\n", name.c_str(), new_stage ? "is baked: " : will,
                new_stage ? why.c_str() : (" because " + why).c_str());
    return 0;
  }
  std::optional<ActionRecord> record = session.store().record(planned[index].key->hex);
  std::printf("%s is up to date", name.c_str());
  if (record)
    std::printf(": made %s in %.1f s, key %s", when(record->finished).c_str(),
                static_cast<double>(record->duration_ms) / 1000,
                planned[index].key->hex.substr(0, 12).c_str());
  std::printf("\n%s\n", why.empty() ? "nothing changed for it since it was first made"
                                    : ("it last changed because " + why).c_str());
  return 0;
}

}  // namespace baker
