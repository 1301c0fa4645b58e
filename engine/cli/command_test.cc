// baker test: does the running system do what it is for, also without one of its machines?
#include "engine/base/error.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/probes.h"
#include "engine/cli/reporting.h"

namespace baker {
namespace {

void check_all_run(const Session& session, const MachineHost& host, const std::string& pipeline) {
  for (const std::string& machine : machines_of(session.pipeline())) {
    if (!host.runs(machine))
      throw Error("machine \"" + machine + "\" does not run: start the system first (baker up " +
                  pipeline + ")");
  }
}

// The machine comes back, however the test went.
void try_without(const std::string& machine, Rollout& rollout, Probes& probes, EventSink& sink) {
  rollout.stop(machine);
  sink.on(Note{false, machine + ": stopped"});
  try {
    probes.exercise();
  } catch (const Error&) {
    rollout.start(machine);
    throw;
  }
  rollout.start(machine);
  probes.wait_until_all_hold();
  probes.exercise();
}

}  // namespace

int command_test(const Settings& settings) {
  const auto started = std::chrono::steady_clock::now();
  std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  std::unique_ptr<MachineHost> host =
      choose_host(host_places(settings, session.state_folder(), bake.build_settings().interrupt_fd),
                  settings.start_with);
  check_all_run(session, *host, settings.pipeline);

  const ProbeTools tools{session.catalogue(), session.store(), bake.build_settings(), *host, *sink};
  Probes probes(session, tools);
  const RolloutSettings how = rollout_settings(settings, bake.build_settings().interrupt_fd);
  Rollout rollout(
      session.machines(), *host, [&] { return probes.wait_until_all_hold(); }, how, *sink);
  probes.wait_until_all_hold();
  probes.exercise();
  if (const std::vector<std::string> dispensable = probes.dispensable(); dispensable.empty()) {
    sink->on(
        Note{true, "no machine was stopped: no probe says that the system can do without one"});
  } else {
    try_without(dispensable.front(), rollout, probes, *sink);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", taken.count());
  sink->on(Note{false, session.pipeline().name + " passed the test in " + seconds + " s"});
  return 0;
}

}  // namespace baker
