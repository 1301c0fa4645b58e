#include "engine/cli/up_changes.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/plan_report.h"

#include <algorithm>
#include <map>
#include <utility>

namespace baker {
namespace {

std::string objection_text(const ProbeObjection& objection) {
  std::string text = "stage " + objection.stage + ": " + objection.text;
  if (!objection.allow.empty()) text += " (--allow " + objection.allow + " does it anyway)";
  return text;
}

bool is_allowed(const ProbeObjection& objection, const std::vector<std::string>& allowed) {
  return !objection.allow.empty() && std::ranges::find(allowed, objection.allow) != allowed.end();
}

std::string verb_for(const PlannedStage& planned, bool runs) {
  switch (planned.action) {
    case StageAction::kNothing:
      return runs ? "would stay as it is" : "would be started";
    case StageAction::kDepends:
      return runs ? "would be replaced, unless its root stays the same"
                  : "would be started, with a new root unless that stays the same";
    default:
      return runs ? "would be replaced" : "would be placed and started";
  }
}

template <typename Value>
void rename_key(std::map<std::string, Value>& map, const std::string& from, const std::string& to) {
  auto entry = map.extract(from);
  if (entry.empty()) return;
  entry.key() = to;
  map.insert(std::move(entry));
}

}  // namespace

std::vector<std::string> changed_params(const Pipeline& pipeline, const UpState& last_up) {
  std::vector<std::string> changes;
  for (const auto& [name, value] : pipeline.params) {
    auto before = last_up.params.find(name);
    if (before != last_up.params.end() && before->second != value.plain())
      changes.push_back(name + ": " + before->second + " → " + value.plain());
  }
  return changes;
}

void check_objections(const std::vector<ProbeObjection>& objections,
                      const std::vector<std::string>& allowed) {
  std::vector<std::string> texts;
  for (const ProbeObjection& each : objections) {
    if (!is_allowed(each, allowed)) texts.push_back(objection_text(each));
  }
  if (!texts.empty()) throw Error("nothing was changed: " + join(texts, "\n"));
}

void adopt_renamed_probes(PipelineState& state, const Pipeline& pipeline) {
  auto& known = state.last_up.probes;
  for (const auto& [name, wanted] : described_probes(pipeline)) {
    if (known.contains(name)) continue;
    std::vector<std::string> gone;
    for (const auto& [before, probe] : known)
      if (probe.type == wanted.type && !pipeline.find(before)) gone.push_back(before);
    if (gone.size() != 1) continue;
    rename_key(known, gone.front(), name);
    rename_key(state.remembered, gone.front(), name);
  }
}

UpState described_up(const Pipeline& pipeline) {
  UpState up{.params = {}, .probes = described_probes(pipeline), .machines = {}, .applied = {}};
  for (const auto& [name, value] : pipeline.params) up.params[name] = value.plain();
  for (const std::string& machine : machines_of(pipeline)) up.machines.insert(machine);
  return up;
}

void tell_what_up_would_do(Session& session, const ProbeTools& tools, const Settings& settings) {
  const RemotePlan plan = plan_with_remote(session, settings);
  const std::vector<PlannedStage>& planned = plan.planned;
  print_plan(session, plan, settings);
  const std::vector<std::string> last = last_of(observe_system(session.state(), tools));
  for (size_t i = 0; i < planned.size(); ++i) {
    const std::string machine = machine_of(session.pipeline().stages[i]);
    if (machine.empty()) continue;
    const bool pending =
        session.machines().is_pending(machine) && planned[i].action == StageAction::kNothing;
    std::string text =
        machine + " " +
        (pending ? "would be replaced" : verb_for(planned[i], tools.host.runs(machine)));
    if (std::ranges::find(last, machine) != last.end()) text += " (the last of all)";
    tools.sink.on(Note{false, text});
  }
  for (const std::string& machine : session.machines().no_longer_described(session.pipeline())) {
    tools.sink.on(
        Note{false, machine + (settings.prune ? " would be stopped and removed"
                                              : " is no longer described, and would stay")});
  }
}

}  // namespace baker
