// Starting and stopping a pipeline's machines, for the commands that do.
#pragma once

#include "engine/cli/bake.h"
#include "engine/machines/rollout.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace baker {

// The places that `settings` name, for whoever starts machines.
HostPlaces host_places(const Settings& settings, const std::string& state_folder);
RolloutSettings rollout_settings(const Settings& settings);

// Machines of the pipeline in its order.
std::vector<std::string> machines_of(const Pipeline& pipeline);

// Applies the host stages that act at up. Throws Error.
void apply_host_stages(Bake& bake, EventSink& sink);
// Takes away what was applied and is no longer described, once no machine needs it.
void remove_old_host_stages(Bake& bake, EventSink& sink);
// Takes away everything that was applied.
void remove_host_stages(PipelineState& state, const std::string& state_folder,
                        const PluginFiles& plugins, Store& store, const BuildSettings& build,
                        EventSink& sink);

// Asks every probe of the pipeline, in its order, and returns which machines to replace last.
// Throws Error at the first that does not hold.
std::vector<std::string> ask_probes(Bake& bake, const MachineHost& host, EventSink& sink);

// What a probe sees of the system as it is.
struct Observed {
  std::string stage;
  std::string seen;  // or why it could not look
  std::vector<std::string> replace_last;
  nlohmann::json facts;
};
std::vector<Observed> observe_probes(Bake& bake, const MachineHost& host, EventSink& sink);

}  // namespace baker
