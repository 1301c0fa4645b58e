#include "engine/cli/machine_control.h"

#include "engine/base/error.h"
#include "engine/build/single_step.h"
#include "engine/io/files.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace baker {
namespace {

void remove_applied(const std::string& stage, const AppliedState& applied,
                    const PluginFiles& plugins, Store& store, const BuildSettings& build,
                    EventSink& sink) {
  run_step({.stage = stage,
            .type = applied.type,
            .step = "remove",
            .kind = StageKind::kHost,
            .options = nlohmann::json::parse(applied.options),
            .programs = {},
            .machines = {}},
           plugins, store, build, sink);
}

void report(const Stage& stage, std::chrono::steady_clock::time_point started, StageOutcome outcome,
            const std::string& detail, EventSink& sink) {
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  sink.on(StageFinished{stage.name, outcome, taken.count(), "", 0, detail});
}

// Whether one takes the place of the other on the host.
bool has_same_claim(const Descriptor& type, const AppliedState& before, const AppliedState& after) {
  if (before.type != after.type) return false;
  const auto options_before = nlohmann::json::parse(before.options);
  const auto options_after = nlohmann::json::parse(after.options);
  return options_before.value(type.claim, "") == options_after.value(type.claim, "");
}

// The machines that run, each held by a descriptor so that its number can't become another's.
class RunningMachines {
 public:
  RunningMachines(const Pipeline& pipeline, const MachineHost& host) {
    for (const std::string& machine : machines_of(pipeline)) {
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

void add_last(const nlohmann::json& found, std::vector<std::string>& last) {
  for (const nlohmann::json& each : found.value("replace-last", nlohmann::json::array()))
    last.push_back(each.get<std::string>());
}

}  // namespace

HostPlaces host_places(const Settings& settings, const std::string& state_folder) {
  return {absolute_path(settings.machines_dir), absolute_path(settings.nspawn_dir),
          state_folder + "/consoles"};
}

RolloutSettings rollout_settings(const Settings& settings) {
  return {std::chrono::seconds(settings.stop_timeout), settings.parallel};
}

std::vector<std::string> machines_of(const Pipeline& pipeline) {
  std::vector<std::string> names;
  for (const Stage& stage : pipeline.stages) {
    if (const std::string name = Machines::name_of(stage); !name.empty()) names.push_back(name);
  }
  return names;
}

// What is about to be applied is remembered first: after a crash in the middle it can be taken
// away. What the stage had brought under another claim stays until the machines no longer need it.
void apply_host_stages(Bake& bake, EventSink& sink) {
  Session& session = bake.session();
  PipelineState& state = session.state();
  for (const Stage& stage : session.pipeline().stages) {
    if (!stage.type->at_up || stage.type->kind != StageKind::kHost) continue;
    const SingleStep step = step_of(session.pipeline(), stage, "apply");
    const AppliedState wanted{stage.type->type, step.options.dump()};
    auto known = state.applied.find(stage.name);
    if (known != state.applied.end() && !has_same_claim(*stage.type, known->second, wanted))
      state.applied["before " + stage.name] = known->second;
    state.applied[stage.name] = wanted;
    state.save(session.state_folder());
    run_step(step, session.catalogue(), session.store(), bake.build_settings(), sink);
  }
}

void remove_old_host_stages(Bake& bake, EventSink& sink) {
  Session& session = bake.session();
  PipelineState& state = session.state();
  for (auto applied = state.applied.begin(); applied != state.applied.end();) {
    if (session.pipeline().find(applied->first)) {
      ++applied;
      continue;
    }
    remove_applied(applied->first, applied->second, session.catalogue(), session.store(),
                   bake.build_settings(), sink);
    applied = state.applied.erase(applied);
    state.save(session.state_folder());
  }
}

void remove_host_stages(PipelineState& state, const std::string& state_folder,
                        const PluginFiles& plugins, Store& store, const BuildSettings& build,
                        EventSink& sink) {
  while (!state.applied.empty()) {
    auto last = std::prev(state.applied.end());
    remove_applied(last->first, last->second, plugins, store, build, sink);
    state.applied.erase(last);
    state.save(state_folder);
  }
}

std::vector<std::string> ask_probes(Bake& bake, const MachineHost& host, EventSink& sink) {
  Session& session = bake.session();
  const RunningMachines running(session.pipeline(), host);
  std::vector<std::string> last;
  for (const Stage& stage : session.pipeline().stages) {
    if (stage.type->kind != StageKind::kProbe) continue;
    const auto started = std::chrono::steady_clock::now();
    SingleStep step = step_of(session.pipeline(), stage, "probe");
    step.machines = running.names();
    sink.on(StageStarted{stage.name, "probe", ""});
    try {
      const nlohmann::json found =
          run_step(step, session.catalogue(), session.store(), bake.build_settings(), sink);
      add_last(found, last);
      report(stage, started, StageOutcome::kHolds, found.value("seen", ""), sink);
    } catch (const Error& error) {
      report(stage, started, StageOutcome::kFailed, error.describe(), sink);
      throw;
    }
  }
  return last;
}

std::vector<Observed> observe_probes(Bake& bake, const MachineHost& host, EventSink& sink) {
  Session& session = bake.session();
  const RunningMachines running(session.pipeline(), host);
  std::vector<Observed> all;
  for (const Stage& stage : session.pipeline().stages) {
    if (stage.type->kind != StageKind::kProbe) continue;
    SingleStep step = step_of(session.pipeline(), stage, "observe");
    step.machines = running.names();
    Observed observed{stage.name, "", {}, nlohmann::json::object()};
    try {
      const nlohmann::json found =
          run_step(step, session.catalogue(), session.store(), bake.build_settings(), sink);
      observed.seen = found.value("seen", "");
      add_last(found, observed.replace_last);
      observed.facts = found.value("facts", nlohmann::json::object());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      observed.seen = error.describe();
    }
    all.push_back(std::move(observed));
  }
  return all;
}

}  // namespace baker
