// baker pull: takes what others have baked, and bakes nothing.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/bake.h"
#include "engine/cli/commands.h"
#include "engine/cli/remote.h"
#include "engine/cli/reporting.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

void tell_what_it_lacks(const std::string& remote, const std::vector<std::string>& lacking,
                        EventSink& sink) {
  constexpr size_t kShown = 10;
  if (lacking.empty()) return;
  const std::vector<std::string> shown(
      lacking.begin(), lacking.begin() + static_cast<long>(std::min(kShown, lacking.size())));
  sink.on(Note{true, fmt::format("{} of its layers {} not in {}: {}{}; `baker run` bakes what is "
                                 "not there",
                                 lacking.size(), lacking.size() == 1 ? "is" : "are", remote,
                                 join(shown, ", "), lacking.size() > kShown ? ", …" : "")});
}

}  // namespace

int command_pull(const Settings& settings) {
  const RemoteSettings remote = needed_remote(settings);
  const std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  session.store().prepare();
  session.store().begin_use();
  std::vector<bool> wanted = session.stages_named(settings.stages);
  for (size_t i = 0; i < wanted.size(); ++i)
    wanted[i] = wanted[i] && session.pipeline().stages[i].type->kind == StageKind::kLayer;
  RunFinished summary = bake.pull_layers(session.planner().plan(), wanted);
  const std::vector<PlannedStage> after = session.planner().plan();
  std::vector<std::string> lacking;
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i] && !after[i].layer) lacking.push_back(session.pipeline().stages[i].name);
  if (bake.uses_remote()) tell_what_it_lacks(remote.url, lacking, *sink);
  summary.next = command_line(settings.invocation, "run");
  sink->on(summary);
  return 0;
}

}  // namespace baker
