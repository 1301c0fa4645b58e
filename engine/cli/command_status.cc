// baker status: the machines of a pipeline, or of all.
#include "engine/cli/commands.h"
#include "engine/cli/named_state.h"
#include "engine/io/files.h"
#include "engine/machines/machines.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

std::string words_for(const Machines::Report& machine) {
  if (!machine.exists) return "missing (the next run places it again)";
  if (!machine.ours) return "replaced by somebody else";
  std::string words = machine.running ? "running" : "stopped";
  if (machine.pending) words += ", pending: a new tree waits beside it";
  return words;
}

void print(const NamedState& named, const Settings& settings) {
  PipelineState state = named.state;
  const Machines machines(
      {absolute_path(settings.machines_dir), absolute_path(settings.nspawn_dir), named.folder},
      state);
  if (!settings.json && state.file.empty()) {
    std::printf("%s  (never baked here)\n", named.name.c_str());
  } else if (!settings.json) {
    std::printf("%s  (%s)\n", named.name.c_str(), state.file.c_str());
  }
  for (const Machines::Report& machine : machines.report()) {
    if (settings.json) {
      std::puts(nlohmann::json({{"event", "machine"},
                                {"pipeline", named.name},
                                {"machine", machine.name},
                                {"stage", machine.stage},
                                {"exists", machine.exists},
                                {"ours", machine.ours},
                                {"running", machine.running},
                                {"pending", machine.pending},
                                {"method", machine.method}})
                    .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                    .c_str());
    } else {
      std::printf("  %-24s %s\n", machine.name.c_str(), words_for(machine).c_str());
    }
  }
}

}  // namespace

int command_status(const Settings& settings) {
  if (!settings.pipeline.empty()) {
    print(find_state(settings), settings);
    return 0;
  }
  for (const std::string& name : list_directory(settings.state_dir)) {
    const std::string folder = absolute_path(settings.state_dir) + "/" + name;
    if (std::optional<PipelineState> state = PipelineState::load(folder))
      print({name, folder, *state}, settings);
  }
  return 0;
}

}  // namespace baker
