// baker pull: takes what others have baked, and bakes nothing.
#include "engine/base/error.h"
#include "engine/cli/bake.h"
#include "engine/cli/commands.h"
#include "engine/cli/remote.h"
#include "engine/cli/reporting.h"

namespace baker {

int command_pull(const Settings& settings) {
  needed_remote(settings);
  const std::unique_ptr<EventSink> sink = make_sink(settings);
  Bake bake(settings, std::make_unique<Session>(settings), *sink);
  Session& session = bake.session();
  session.store().prepare();
  session.store().begin_use();
  std::vector<bool> wanted = session.stages_named(settings.stages);
  for (size_t i = 0; i < wanted.size(); ++i)
    wanted[i] = wanted[i] && session.pipeline().stages[i].type->kind == StageKind::kLayer;
  RunFinished summary = bake.pull_layers(session.planner().plan(), wanted);
  summary.next = command_line(settings.invocation, "run");
  sink->on(summary);
  return 0;
}

}  // namespace baker
