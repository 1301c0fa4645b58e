// baker log: what a stage printed last, also when it comes from the cache.
#include "engine/base/error.h"
#include "engine/cli/commands.h"
#include "engine/cli/session.h"
#include "engine/io/files.h"
#include "engine/plan/failed_attempts.h"

#include <cstdio>

namespace baker {

int command_log(const Settings& settings) {
  Session session(settings);
  const size_t index = session.stage_index(settings.stages.at(0));
  const std::string& name = session.pipeline().stages[index].name;
  if (std::optional<std::string> failed =
          read_file_if_exists(failure_log(logs_folder(session.state_folder()), name))) {
    std::fwrite(failed->data(), 1, failed->size(), stdout);
    return 0;
  }
  auto state = session.state().stages.find(name);
  std::optional<ActionRecord> record;
  if (state != session.state().stages.end()) record = session.store().record(state->second.key);
  if (!record)
    throw Error("stage \"" + name +
                "\" has no log: it was never baked, or its record is gone from the cache");
  std::fwrite(record->log.data(), 1, record->log.size(), stdout);
  return 0;
}

}  // namespace baker
