#include "engine/cli/probes.h"

#include "engine/bake/single_step.h"
#include "engine/base/error.h"
#include "engine/cli/machine_control.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace baker {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kObserveSeconds = 5;  // whoever looks, or stops machines, waits for it

// The machines that run, each held by a descriptor so that its number can't become another's.
class RunningMachines {
 public:
  RunningMachines(const std::vector<std::string>& machines, const MachineHost& host) {
    for (const std::string& machine : machines) {
      std::optional<pid_t> init = host.init_of(machine);
      UniqueFd pidfd(init ? static_cast<int>(syscall(SYS_pidfd_open, *init, 0)) : -1);
      if (!pidfd.valid()) continue;
      names_.emplace_back(machine, pidfd.get());
      pidfds_.push_back(std::move(pidfd));
    }
  }
  const std::vector<std::pair<std::string, int>>& names() const { return names_; }

 private:
  std::vector<UniqueFd> pidfds_;
  std::vector<std::pair<std::string, int>> names_;
};

Json options_of(const std::string& stage, const UpState& up) {
  auto probe = up.probes.find(stage);
  return probe == up.probes.end() ? Json() : Json::parse(probe->second.options);
}

// Those of a stage for machines that wait to be replaced.
Json outgoing_options(const SingleStep& step, const PipelineState& state, const ProbeTools& tools) {
  const bool waiting = std::ranges::any_of(state.machines, [&](const auto& machine) {
    return !machine.second.pending.key.empty() && tools.host.runs(machine.first);
  });
  if (!waiting || state.rollout == RolloutPhase::kEnded) return Json::object();
  Json outgoing = options_of(step.stage, state.up_before);
  return outgoing.is_null() || outgoing == step.options ? Json::object() : outgoing;
}

Json run_probe_step(SingleStep step, const std::vector<std::string>& machines,
                    const PipelineState& state, const ProbeTools& tools) {
  const RunningMachines running(machines, tools.host);
  step.machines = running.names();
  auto remembered = state.remembered.find(step.stage);
  step.before["options"] = options_of(step.stage, state.last_up);
  step.before["remembered"] =
      remembered == state.remembered.end() ? Json() : Json::parse(remembered->second);
  step.before["outgoing"] = outgoing_options(step, state, tools);
  return run_step(step, tools.plugins, tools.store, tools.build, tools.sink);
}

// A step that is told like one of the pipeline.
Json tell(const std::string& stage, const std::string& step, EventSink& sink,
          const std::function<Json()>& ask) {
  const auto started = std::chrono::steady_clock::now();
  auto finished = [&](StageOutcome outcome, const std::string& detail) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    sink.on(StageFinished{stage, outcome, taken.count(), "", 0, detail});
  };
  sink.on(StageStarted{stage, step, ""});
  try {
    Json reply = ask();
    finished(StageOutcome::kReady, reply.value("seen", ""));
    return reply;
  } catch (const Error& error) {
    finished(StageOutcome::kFailed, error.describe());
    throw;
  }
}

std::vector<const Stage*> probes_of(const Pipeline& pipeline) {
  std::vector<const Stage*> probes;
  for (const Stage& stage : pipeline.stages)
    if (stage.type->kind == StageKind::kProbe) probes.push_back(&stage);
  return probes;
}

void add_machines(const Json& reply, const char* field, std::vector<std::string>& names) {
  for (const Json& machine : reply.value(field, Json::array()))
    names.push_back(machine.get<std::string>());
}

std::vector<std::string> machines_with_trees(const PipelineState& state) {
  std::vector<std::string> machines;
  for (const auto& [name, machine] : state.machines)
    if (machine.has_tree()) machines.push_back(name);
  return machines;
}

Observed observe(const std::string& stage, const AppliedState& probe, const PipelineState& state,
                 const ProbeTools& tools) {
  Observed observed{stage, "", {}, Json::object()};
  try {
    SingleStep step = single_step_of(stage, probe, StageKind::kProbe, "observe");
    step.timeout_seconds = kObserveSeconds;
    const Json found = run_probe_step(std::move(step), machines_with_trees(state), state, tools);
    observed.seen = found.value("seen", "");
    observed.replace_last = found.value("replace-last", observed.replace_last);
    observed.facts = found.value("facts", Json::object());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    observed.seen = error.what();
  }
  return observed;
}

}  // namespace

std::vector<Observed> observe_system(const PipelineState& state, const ProbeTools& tools) {
  std::vector<Observed> all;
  for (const auto& [stage, probe] : state.last_up.probes)
    all.push_back(observe(stage, probe, state, tools));
  return all;
}

std::vector<std::string> last_of(const std::vector<Observed>& observed) {
  std::vector<std::string> last;
  for (const Observed& each : observed)
    last.insert(last.end(), each.replace_last.begin(), each.replace_last.end());
  return last;
}

Json Probes::ask(SingleStep step, const std::vector<std::string>& leaving) {
  PipelineState& state = session_.state();
  const std::string stage = step.stage;
  step.before["leaving"] = leaving;
  Json reply = run_probe_step(std::move(step), machines_with_trees(state), state, tools_);
  if (const Json remember = reply.value("remember", Json()); !remember.is_null()) {
    state.remembered[stage] = remember.dump();
    session_.save_state();
  }
  return reply;
}

Json Probes::tell_of(const Stage& stage, const std::string& step) {
  return tell(stage.name, step, tools_.sink,
              [&] { return ask(single_step_of(session_.pipeline(), stage, step)); });
}

bool Probes::all_run() const {
  return std::ranges::all_of(machines_of(session_.pipeline()), [this](const std::string& machine) {
    return tools_.host.runs(machine);
  });
}

std::vector<ProbeObjection> Probes::review() {
  std::vector<ProbeObjection> objections;
  const std::map<std::string, AppliedState> wanted = described_probes(session_.pipeline());
  for (const Stage* stage : probes_of(session_.pipeline())) {
    const auto& before = session_.state().last_up.probes;
    auto known = before.find(stage->name);
    const bool is_known = known != before.end() && known->second == wanted.at(stage->name);
    if (is_known && all_run()) continue;
    const Json reply = ask(single_step_of(session_.pipeline(), *stage, "review"));
    for (const Json& each : reply.value("objections", Json::array()))
      objections.push_back({stage->name, each.value("text", ""), each.value("allow", "")});
  }
  return objections;
}

std::vector<std::string> Probes::wait_until_all_hold() {
  std::vector<std::string> last;
  dispensable_.clear();
  for (const Stage* stage : probes_of(session_.pipeline())) {
    const Json found = tell_of(*stage, "probe");
    add_machines(found, "replace-last", last);
    add_machines(found, "dispensable", dispensable_);
  }
  return last;
}

std::vector<std::string> Probes::wait_until_those_hold(const UpState& up) {
  std::vector<std::string> last;
  for (const auto& [stage, probe] : up.probes) {
    const Json found = tell(stage, "probe", tools_.sink, [&] {
      return ask(single_step_of(stage, probe, StageKind::kProbe, "probe"));
    });
    add_machines(found, "replace-last", last);
  }
  return last;
}

void Probes::exercise() {
  for (const Stage* stage : probes_of(session_.pipeline())) tell_of(*stage, "exercise");
}

void Probes::retire(const std::vector<std::string>& machines) {
  for (const Stage* stage : probes_of(session_.pipeline()))
    tell(stage->name, "retire", tools_.sink,
         [&] { return ask(single_step_of(session_.pipeline(), *stage, "retire"), machines); });
}

void Probes::finalize() {
  for (const Stage* stage : probes_of(session_.pipeline())) tell_of(*stage, "finalize");
}

std::map<std::string, AppliedState> described_probes(const Pipeline& pipeline) {
  std::map<std::string, AppliedState> probes;
  for (const Stage* stage : probes_of(pipeline)) {
    probes[stage->name] = {stage->type->type,
                           single_step_of(pipeline, *stage, "probe").options.dump()};
  }
  return probes;
}

}  // namespace baker
