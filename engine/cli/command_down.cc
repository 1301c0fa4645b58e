// baker down: stop the machines of a pipeline.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/named_state.h"
#include "engine/cli/pipeline_lock.h"
#include "engine/cli/probes.h"
#include "engine/cli/reporting.h"
#include "engine/cli/step_tools.h"
#include "engine/io/files.h"

#include <fmt/core.h>

namespace baker {
namespace {

// Probes know which machines the others need to stop in order.
std::vector<std::string> last_to_stop(const Settings& settings, const PipelineState& state,
                                      const MachineHost& host, EventSink& sink) {
  StepTools tools(settings);
  return last_of(
      observe_system(state, {tools.plugins(), tools.store(), tools.build(), host, sink}));
}

}  // namespace

int command_down(const Settings& settings) {
  std::unique_ptr<EventSink> sink = make_sink(settings);
  const NamedState named = find_state(settings);
  if (!path_exists(named.folder)) {
    sink->on(Note{false, "pipeline \"" + named.name + "\" has nothing on this host"});
    return 0;
  }
  const HostPlaces places = host_places(settings, named.folder);
  std::unique_ptr<MachineHost> host = choose_host(places, settings.start_with);
  const PipelineLock lock = lock_pipeline(named.folder, -1, *sink);
  PipelineState state = PipelineState::load(named.folder).value_or(PipelineState{});
  const std::vector<std::string> last = last_to_stop(settings, state, *host, *sink);
  Machines machines(machine_places(settings, named.folder), state, &lock);
  std::vector<std::string> names;
  for (const auto& [name, machine] : state.machines) names.push_back(name);
  const RolloutSettings how = rollout_settings(settings);
  Rollout rollout(
      machines, *host, [] { return std::vector<std::string>{}; }, how, *sink);
  const std::vector<std::string> killed = rollout.down(names, last);
  sink->on(Note{false, named.name + " is down"});
  if (killed.empty()) return 0;
  throw Error(fmt::format("not stopped cleanly, but killed after {} seconds: {}",
                          settings.stop_timeout, join(killed, ", ")));
}

}  // namespace baker
