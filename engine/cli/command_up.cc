// baker up: bake what has changed, start what does not run, replace what has changed one by one.
#include "engine/base/error.h"
#include "engine/cli/bake_all.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/reporting.h"

namespace baker {
namespace {

std::string words_for(const Rollout::Outcome& outcome, size_t machines) {
  std::string words;
  if (outcome.started > 0) words += ", " + std::to_string(outcome.started) + " started";
  if (outcome.replaced > 0) words += ", " + std::to_string(outcome.replaced) + " replaced";
  return std::to_string(machines) + (machines == 1 ? " machine runs" : " machines run") + words;
}

}  // namespace

int command_up(const Settings& settings) {
  const auto started = std::chrono::steady_clock::now();
  std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  RunFinished summary = bake_all(bake, settings, *sink);
  if (const size_t waiting = summary.pending; waiting > 0)
    sink->on(Note{false, std::to_string(waiting) + " machines are replaced one by one"});

  std::unique_ptr<MachineHost> host =
      choose_host(host_places(settings, session.state_folder()), settings.start_with);
  apply_host_stages(bake, *sink);
  const RolloutSettings how = rollout_settings(settings);
  const std::vector<std::string> names = machines_of(session.pipeline());
  Rollout rollout(
      session.machines(), *host, [&] { return ask_probes(bake, *host, *sink); }, how, *sink);
  const Rollout::Outcome outcome = rollout.up(names);
  remove_old_host_stages(bake, *sink);

  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  summary.pending = 0;
  summary.placed += outcome.replaced;
  summary.seconds = taken.count();
  summary.next = "baker status " + settings.pipeline;
  sink->on(Note{false, session.pipeline().name + " is up (" + std::string(host->name()) +
                           "): " + words_for(outcome, names.size())});
  sink->on(summary);
  return 0;
}

}  // namespace baker
