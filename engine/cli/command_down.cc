// baker down: stop the machines of a pipeline.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/named_state.h"
#include "engine/cli/reporting.h"
#include "engine/io/files.h"

namespace baker {
namespace {

// Probes know which machines the others need to stop in order. Without the pipeline's file there is
// nobody to ask.
std::vector<std::string> last_to_stop(const Settings& settings, const MachineHost& host,
                                      EventSink& sink) {
  std::vector<std::string> last;
  if (!path_exists(settings.pipeline)) return last;
  Bake bake(settings, std::make_unique<Session>(settings), sink);
  for (const Observed& observed : observe_probes(bake, host, sink))
    last.insert(last.end(), observed.replace_last.begin(), observed.replace_last.end());
  return last;
}

}  // namespace

int command_down(const Settings& settings) {
  std::unique_ptr<EventSink> sink = make_sink(settings);
  const NamedState named = find_state(settings);
  const HostPlaces places = host_places(settings, named.folder);
  std::unique_ptr<MachineHost> host = choose_host(places, settings.start_with);
  const std::vector<std::string> last = last_to_stop(settings, *host, *sink);

  FileLock lock = FileLock::lock(named.folder + "/lock", FileLock::Mode::kExclusive);
  PipelineState state = named.state;
  Machines machines({places.machines, places.nspawn, named.folder}, state);
  std::vector<std::string> names;
  for (const auto& [name, machine] : state.machines) names.push_back(name);
  const RolloutSettings how = rollout_settings(settings);
  Rollout rollout(
      machines, *host, [] { return std::vector<std::string>{}; }, how, *sink);
  const std::vector<std::string> killed = rollout.down(names, last);
  sink->on(Note{false, named.name + " is down"});
  if (killed.empty()) return 0;
  throw Error("not stopped cleanly, but killed after " + std::to_string(settings.stop_timeout) +
              " seconds: " + join(killed, ", "));
}

}  // namespace baker
