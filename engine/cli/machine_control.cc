#include "engine/cli/machine_control.h"

#include "engine/bake/single_step.h"
#include "engine/base/error.h"
#include "engine/cli/programs.h"
#include "engine/io/files.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

void remove_applied(const std::string& stage, const AppliedState& applied,
                    const PluginFiles& plugins, Store& store, const BuildSettings& build,
                    EventSink& sink) {
  run_step(single_step_of(stage, applied, StageKind::kHost, "remove"), plugins, store, build, sink);
}

// Whether one takes the place of the other on the host.
bool has_same_claim(const Descriptor& type, const AppliedState& before, const AppliedState& after) {
  if (before.type != after.type) return false;
  const auto options_before = nlohmann::json::parse(before.options);
  const auto options_after = nlohmann::json::parse(after.options);
  return options_before.value(type.claim, "") == options_after.value(type.claim, "");
}

// Whether a stage of the pipeline has brought the same thing under its own name.
bool is_wanted(const Pipeline& pipeline, const PipelineState& state, const AppliedState& what) {
  return std::ranges::any_of(pipeline.stages, [&](const Stage& stage) {
    const auto now = state.applied.find(stage.name);
    return now != state.applied.end() && has_same_claim(*stage.type, what, now->second);
  });
}

std::string left_words(const std::string& stage, const Error& error) {
  return "what stage " + stage + " had set up on the host is left there: " + error.describe();
}

constexpr const char* kBefore = "before ";

// What the stage brought under other claims stays until the machines no longer need it: under names
// that no stage has.
void keep_other_claims(PipelineState& state, const std::string& stage, const Descriptor& type,
                       const AppliedState& wanted) {
  std::erase_if(state.applied, [&](const auto& each) {
    return each.first.starts_with(kBefore) && each.first.ends_with(" " + stage) &&
           has_same_claim(type, each.second, wanted);
  });
  auto known = state.applied.find(stage);
  if (known == state.applied.end() || has_same_claim(type, known->second, wanted)) return;
  std::string name = kBefore + stage;
  while (state.applied.contains(name)) name = kBefore + name;
  state.applied[name] = known->second;
}

// What is about to be applied is remembered first: after a crash in the middle it can be taken
// away. What the stage had brought under another claim stays until the machines no longer need it.
void apply(const SingleStep& step, const Descriptor& type, Bake& bake, EventSink& sink) {
  Session& session = bake.session();
  PipelineState& state = session.state();
  const AppliedState wanted{step.type, step.options.dump()};
  keep_other_claims(state, step.stage, type, wanted);
  state.applied[step.stage] = wanted;
  session.save_state();
  const nlohmann::json reply =
      run_step(step, session.catalogue(), session.store(), bake.build_settings(), sink);
  for (const nlohmann::json& folder : reply.value("data", nlohmann::json::array()))
    state.data[folder.get<std::string>()] = step.stage;
  session.save_state();
}

}  // namespace

HostPlaces host_places(const Settings& settings, const std::string& state_folder,
                       int interrupt_fd) {
  return {absolute_path(settings.machines_dir), absolute_path(settings.nspawn_dir),
          state_folder + "/consoles", interrupt_fd, own_program("baker-machine-supervisor")};
}

MachinePlaces machine_places(const Settings& settings, const std::string& state_folder) {
  return {.machines = absolute_path(settings.machines_dir),
          .nspawn = absolute_path(settings.nspawn_dir),
          .state = state_folder,
          .store = absolute_path(settings.cache_dir)};
}

RolloutSettings rollout_settings(const Settings& settings, int interrupt_fd) {
  return {settings.invocation, std::chrono::seconds(settings.stop_timeout), interrupt_fd,
          settings.parallel};
}

Note removed_note(const std::string& machine, const std::string& kept_settings,
                  const std::string& why) {
  std::string text = fmt::format("machine \"{}\" removed{}", machine, why);
  if (!kept_settings.empty())
    text += "; its settings, which were changed by hand, are kept in " + kept_settings;
  return {!kept_settings.empty(), text};
}

void tell_notes(Machines& machines, EventSink& sink) {
  for (const std::string& note : machines.take_notes()) sink.on(Note{true, note});
}

std::vector<std::string> machines_of(const Pipeline& pipeline) {
  std::vector<std::string> names;
  for (const Stage& stage : pipeline.stages) {
    if (const std::string name = machine_of(stage); !name.empty()) names.push_back(name);
  }
  return names;
}

void apply_host_stages(Bake& bake, EventSink& sink) {
  const Pipeline& pipeline = bake.session().pipeline();
  for (const Stage& stage : pipeline.stages) {
    if (stage.type->at_up && stage.type->kind == StageKind::kHost)
      apply(single_step_of(pipeline, stage, "apply"), *stage.type, bake, sink);
  }
}

void apply_host_stages_before(Bake& bake, EventSink& sink) {
  const PipelineState& state = bake.session().state();
  const std::map<std::string, AppliedState> before = state.up_before.applied;
  for (const auto& [stage, what] : before) {
    const auto now = state.applied.find(stage);
    if (stage.starts_with(kBefore) || (now != state.applied.end() && now->second == what)) continue;
    const Descriptor* type = bake.session().catalogue().find(what.type);
    if (!type)
      throw Error("stage type \"" + what.type + "\" is gone, which stage " + stage +
                  " had before: put its plugin back");
    SingleStep step = single_step_of(stage, what, StageKind::kHost, "apply");
    step.programs = type->programs;
    apply(step, *type, bake, sink);
  }
}

// What stands is what the pipeline wants, whatever the stage is called now: it stays. What can't be
// taken away stays known.
void remove_old_host_stages(Bake& bake, EventSink& sink) {
  Session& session = bake.session();
  PipelineState& state = session.state();
  for (auto applied = state.applied.begin(); applied != state.applied.end();) {
    const auto& [name, what] = *applied;
    if (session.pipeline().find(name)) {
      ++applied;
      continue;
    }
    try {
      if (!is_wanted(session.pipeline(), state, what))
        remove_applied(name, what, session.catalogue(), session.store(), bake.build_settings(),
                       sink);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      sink.on(Note{true, left_words(name, error)});
      ++applied;
      continue;
    }
    applied = state.applied.erase(applied);
    session.save_state();
  }
}

void remove_host_stages(PipelineState& state, const PipelineLock& lock, const PluginFiles& plugins,
                        Store& store, const BuildSettings& build, bool force, EventSink& sink) {
  while (!state.applied.empty()) {
    auto last = std::prev(state.applied.end());
    try {
      remove_applied(last->first, last->second, plugins, store, build, sink);
    } catch (Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      if (!force)
        throw error.during("nothing of the machines was removed (`" +
                           command_line(build.invocation, "destroy") +
                           " --force` goes on without it)");
      sink.on(Note{true, left_words(last->first, error)});
    }
    state.applied.erase(last);
    state.save(lock);
  }
}

}  // namespace baker
