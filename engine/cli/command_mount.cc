// baker mount: the tree of one machine, before something else than baker starts it.
#include "engine/base/error.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/io/files.h"
#include "engine/machines/machines.h"

namespace baker {

// The pipeline is not locked: `baker up` has it while it has systemd start the machine.
int command_mount(const Settings& settings) {
  const std::string& machine = settings.pipeline;
  const std::string states = absolute_path(settings.state_dir);
  for (auto& [name, state] : PipelineState::load_all(states)) {
    const auto found = state.machines.find(machine);
    if (found == state.machines.end() || !found->second.placed.exists()) continue;
    PipelineState known = state;
    Machines(machine_places(settings, states + "/" + name), known, nullptr).mount(machine);
    return 0;
  }
  throw Error("no pipeline of this host has placed a machine \"" + machine + "\"");
}

}  // namespace baker
