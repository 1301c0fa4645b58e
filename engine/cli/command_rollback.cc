// baker rollback: go back to what ran before an up that did not come to its end.
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/reporting.h"
#include "engine/cli/up_changes.h"

#include <fmt/core.h>

namespace baker {
namespace {

// Those that the up before had, and those that it did not.
struct RolledBack {
  std::vector<std::string> names;
  std::vector<std::string> added;
};

RolledBack machines_to_roll_back(Session& session) {
  std::vector<std::string> all = machines_of(session.pipeline());
  for (const std::string& name : session.machines().no_longer_described(session.pipeline()))
    all.push_back(name);
  std::erase_if(all, [&](const auto& name) { return !session.machines().is_placed(name); });
  const UpState& before = session.state().up_before;
  RolledBack machines;
  for (const std::string& name : all) {
    // An earlier baker did not write down which machines there were.
    const bool is_added = !before.machines.empty() && !before.machines.contains(name);
    (is_added ? machines.added : machines.names).push_back(name);
  }
  return machines;
}

std::string words_for(const Rollout::Outcome& outcome, const Invocation& invocation) {
  if (outcome.replaced == 0 && outcome.stopped == 0)
    return "no machine has an old tree to go back to";
  std::string words = fmt::format("{} machine{} old tree{} again", outcome.replaced,
                                  outcome.replaced == 1 ? " has its" : "s have their",
                                  outcome.replaced == 1 ? "" : "s");
  if (outcome.stopped > 0)
    words += fmt::format(", {} stopped that {} not there before", outcome.stopped,
                         outcome.stopped == 1 ? "was" : "were");
  return words + "; `" + command_line(invocation, "up") + "` brings the change again";
}

}  // namespace

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
  const UpState before = session.state().up_before;
  Rollout rollout(
      session.machines(), *host, [&] { return probes.wait_until_those_hold(before); }, how, *sink);
  const RolledBack machines = machines_to_roll_back(session);
  if (rollout.can_roll_back(machines.names, machines.added)) apply_host_stages_before(bake, *sink);
  const Rollout::Outcome outcome = rollout.roll_back(machines.names, machines.added);
  sink->on(Note{false, words_for(outcome, settings.invocation)});
  return 0;
}

}  // namespace baker
