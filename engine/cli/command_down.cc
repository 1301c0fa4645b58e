// baker down: stop the machines of a pipeline; baker rollback: put back the trees that an up
// replaced and did not come to an end with.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/named_state.h"
#include "engine/cli/reporting.h"

namespace baker {

int command_down(const Settings& settings) {
  std::unique_ptr<EventSink> sink = make_sink(settings);
  const NamedState named = find_state(settings);
  PipelineState state = named.state;
  FileLock lock = FileLock::lock(named.folder + "/lock", FileLock::Mode::kExclusive);
  const HostPlaces places = host_places(settings, named.folder);
  Machines machines({places.machines, places.nspawn, named.folder}, state);
  std::unique_ptr<MachineHost> host = choose_host(places, settings.start_with);
  std::vector<std::string> names;
  for (const auto& [name, machine] : state.machines) names.push_back(name);
  const RolloutSettings how = rollout_settings(settings);
  Rollout rollout(
      machines, *host, [] { return std::vector<std::string>{}; }, how, *sink);
  const std::vector<std::string> killed = rollout.down(names);
  sink->on(Note{false, named.name + " is down"});
  if (killed.empty()) return 0;
  throw Error("not stopped cleanly, but killed after " + std::to_string(settings.stop_timeout) +
              " seconds: " + join(killed, ", "));
}

int command_rollback(const Settings& settings) {
  std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  std::unique_ptr<MachineHost> host =
      choose_host(host_places(settings, session.state_folder()), settings.start_with);
  const RolloutSettings how = rollout_settings(settings);
  Rollout rollout(
      session.machines(), *host, [&] { return ask_probes(bake, *host, *sink); }, how, *sink);
  const size_t count = rollout.roll_back(machines_of(session.pipeline()));
  sink->on(Note{false, count == 0
                           ? "no machine has an old tree to go back to"
                           : std::to_string(count) + " machines have their old trees again"});
  return 0;
}

}  // namespace baker
