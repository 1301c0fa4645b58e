// baker mount: the tree of one machine, before something else than baker starts it.
#include "engine/base/error.h"
#include "engine/cli/commands.h"
#include "engine/io/files.h"
#include "engine/machines/machines.h"

namespace baker {
namespace {

struct Found {
  std::string folder;
  PipelineState state;
};

Found state_with(const std::string& machine, const Settings& settings) {
  const std::string states = absolute_path(settings.state_dir);
  for (const std::string& name : list_directory(states)) {
    std::optional<PipelineState> state = PipelineState::load(states + "/" + name);
    if (!state) continue;
    const auto found = state->machines.find(machine);
    if (found != state->machines.end() && found->second.placed.exists())
      return {states + "/" + name, *std::move(state)};
  }
  throw Error("no pipeline of this host has placed a machine \"" + machine + "\"");
}

}  // namespace

// The pipeline is not locked: `baker up` has it while it has systemd start the machine.
int command_mount(const Settings& settings) {
  Found found = state_with(settings.pipeline, settings);
  Machines machines({.machines = absolute_path(settings.machines_dir),
                     .nspawn = absolute_path(settings.nspawn_dir),
                     .state = found.folder,
                     .store = absolute_path(settings.cache_dir)},
                    found.state, nullptr);
  machines.mount(settings.pipeline);
  return 0;
}

}  // namespace baker
