// baker destroy: takes away exactly what the pipeline has put on the host. Data stays.
#include "engine/base/error.h"
#include "engine/cli/commands.h"
#include "engine/cli/named_state.h"
#include "engine/cli/reporting.h"
#include "engine/io/files.h"
#include "engine/io/lock.h"
#include "engine/io/root_dir.h"
#include "engine/machines/machines.h"

namespace baker {

int command_destroy(const Settings& settings) {
  std::unique_ptr<EventSink> sink = make_sink(settings);
  const NamedState named = find_state(settings);
  if (!path_exists(named.folder)) {
    sink->on(Note{false, "pipeline \"" + named.name + "\" has nothing on this host"});
    return 0;
  }
  FileLock lock = FileLock::lock(named.folder + "/lock", FileLock::Mode::kExclusive);
  PipelineState state = PipelineState::load(named.folder).value_or(PipelineState{});
  Machines machines(
      {absolute_path(settings.machines_dir), absolute_path(settings.nspawn_dir), named.folder},
      state);
  for (const Machines::Report& machine : machines.report()) {
    if (machine.running)
      throw Error("machine \"" + machine.name +
                  "\" is running: stop it first; nothing was removed");
  }
  for (const Machines::Report& machine : machines.report()) {
    machines.remove(machine.name);
    sink->on(Note{false, "machine \"" + machine.name + "\" removed"});
  }
  remove_tree(named.folder);
  sink->on(Note{false, "pipeline \"" + named.name +
                           "\" destroyed; its data and its layers in the cache stay"});
  return 0;
}

}  // namespace baker
