// baker up: bake what has changed, start what does not run, replace what has changed one by one.
#include "engine/base/error.h"
#include "engine/cli/bake_all.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/reporting.h"
#include "engine/cli/up_changes.h"

#include <fmt/core.h>

namespace baker {
namespace {

std::string words_for(const Rollout::Outcome& outcome, size_t machines) {
  std::string words;
  if (outcome.started > 0) words += fmt::format(", {} started", outcome.started);
  if (outcome.replaced > 0) words += fmt::format(", {} replaced", outcome.replaced);
  return fmt::format("{} {}{}", machines, machines == 1 ? "machine runs" : "machines run", words);
}

// Before anything is baked: the trees of machines that are stopped change with the bake.
void show_and_check_changes(Session& session, Probes& probes, const Settings& settings,
                            EventSink& sink) {
  adopt_renamed_probes(session.state(), session.pipeline());
  for (const std::string& change : changed_params(session.pipeline(), session.state().last_up))
    sink.on(Note{false, "since the last up, " + change});
  check_objections(probes.review(), settings.allow);
}

// Machines that are no longer described go last, when nobody needs them any more.
size_t stop_and_prune(Session& session, Probes& probes, Rollout& rollout, const Settings& settings,
                      EventSink& sink) {
  const std::vector<std::string> leaving =
      session.machines().no_longer_described(session.pipeline());
  if (settings.prune && !leaving.empty()) {
    probes.retire(leaving);
    rollout.down(leaving, {});
  }
  return prune(session, settings, sink);
}

}  // namespace

int command_up(const Settings& settings) {
  const auto started = std::chrono::steady_clock::now();
  std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  std::unique_ptr<MachineHost> host =
      choose_host(host_places(settings, session.state_folder(), bake.build_settings().interrupt_fd),
                  settings.start_with);
  const ProbeTools tools{session.catalogue(), session.store(), bake.build_settings(), *host, *sink};
  Probes probes(session, tools);
  check_can_start();
  show_and_check_changes(session, probes, settings, *sink);
  if (settings.dry_run) {
    tell_what_up_would_do(session, tools, settings);
    return 0;
  }

  RunFinished summary = bake_all(bake, settings, *sink);
  session.machines().rollout().begin(described_up(session.pipeline()));
  if (const size_t waiting = summary.pending; waiting > 0)
    sink->on(Note{false, fmt::format("{} machines are replaced one by one", waiting)});
  apply_host_stages(bake, *sink);
  const RolloutSettings how = rollout_settings(settings, bake.build_settings().interrupt_fd);
  const std::vector<std::string> names = machines_of(session.pipeline());
  Rollout rollout(
      session.machines(), *host, [&] { return probes.wait_until_all_hold(); }, how, *sink);
  const Rollout::Outcome outcome = rollout.up(names);
  summary.removed = stop_and_prune(session, probes, rollout, settings, *sink);
  remove_old_host_stages(bake, *sink);
  if (settings.finalize) probes.finalize();

  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  summary.pending = 0;
  summary.placed += outcome.replaced;
  summary.seconds = taken.count();
  summary.next = command_line(settings.invocation, "status");
  sink->on(Note{false, session.pipeline().name + " is up (" + std::string(host->name()) +
                           "): " + words_for(outcome, names.size())});
  sink->on(summary);
  return 0;
}

}  // namespace baker
