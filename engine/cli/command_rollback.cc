// baker rollback: put back the trees that an up has replaced and did not come to an end with.
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/reporting.h"
#include "engine/cli/up_changes.h"

#include <fmt/core.h>

namespace baker {

int command_rollback(const Settings& settings) {
  std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  std::unique_ptr<MachineHost> host =
      choose_host(host_places(settings, session.state_folder(), bake.build_settings().interrupt_fd),
                  settings.start_with);
  const RolloutSettings how = rollout_settings(settings, bake.build_settings().interrupt_fd);
  const ProbeTools tools{session.catalogue(), session.store(), bake.build_settings(), *host, *sink};
  Probes probes(session, tools);
  Rollout rollout(
      session.machines(), *host, [&] { return probes.wait_until_all_hold(); }, how, *sink);
  const size_t count = rollout.roll_back(machines_of(session.pipeline()));
  if (count > 0) remember_rollback(session);
  sink->on(Note{false, count == 0 ? "no machine has an old tree to go back to"
                                  : fmt::format("{} machines have their old trees again", count)});
  return 0;
}

}  // namespace baker
