// baker push: gives others what is baked here.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/push_layers.h"
#include "engine/cli/reporting.h"

#include <fmt/core.h>

namespace baker {

int command_push(const Settings& settings) {
  const RemoteSettings remote = needed_remote(settings);
  if (!may_push(remote))
    throw Error("records have to be signed, and there is no key to be read at " + remote.key_file +
                ": `baker remote key` makes one");
  const std::unique_ptr<EventSink> sink = make_sink(settings);
  Session session(settings);
  session.store().begin_use();
  const std::vector<bool> wanted = session.stages_named(settings.stages);
  const std::vector<PlannedStage> planned = session.planner().plan();
  PushedLayers pushed;
  try {
    pushed = push_layers(session, remote, planned, wanted, {.with_logs = settings.logs}, *sink);
  } catch (Error& error) {
    throw error.during("pushing to " + remote.url);
  }
  size_t missing = 0;
  for (size_t i = 0; i < planned.size(); ++i)
    missing += wanted[i] && !planned[i].layer &&
               session.pipeline().stages[i].type->kind == StageKind::kLayer;
  std::string text = fmt::format("{}: {} pushed ({}), {} were there", session.pipeline().name,
                                 pushed.sent, human_bytes(pushed.bytes), pushed.there);
  if (pushed.content_bytes > 0)
    text += fmt::format("; {} of pinned content", human_bytes(pushed.content_bytes));
  if (missing > 0) text += fmt::format(", {} not baked yet", missing);
  sink->on(Note{false, text});
  return 0;
}

}  // namespace baker
