// Starting and stopping a pipeline's machines, for the commands that do.
#pragma once

#include "engine/cli/bake.h"
#include "engine/machines/rollout.h"

#include <memory>
#include <string>
#include <vector>

namespace baker {

// The places that `settings` name, for whoever starts machines.
// `interrupt_fd` is readable once the user wants to stop; -1: signals end baker.
HostPlaces host_places(const Settings& settings, const std::string& state_folder,
                       int interrupt_fd = -1);
RolloutSettings rollout_settings(const Settings& settings, int interrupt_fd = -1);
// Likewise for whoever keeps the machines of a pipeline.
MachinePlaces machine_places(const Settings& settings, const std::string& state_folder);

// That a machine was removed, and where its settings are kept if somebody had changed them.
Note removed_note(const std::string& machine, const std::string& kept_settings,
                  const std::string& why);

// What was done with trees that users should know.
void tell_notes(Machines& machines, EventSink& sink);

// Machines of the pipeline in its order.
std::vector<std::string> machines_of(const Pipeline& pipeline);

// Applies the host stages that act at up. Throws Error.
void apply_host_stages(Bake& bake, EventSink& sink);
// Applies them as they were before the up that is under way, where that has changed them.
void apply_host_stages_before(Bake& bake, EventSink& sink);
// Takes away what was applied and is no longer described, once no machine needs it.
void remove_old_host_stages(Bake& bake, EventSink& sink);
// Takes away everything that was applied.
void remove_host_stages(PipelineState& state, const PipelineLock& lock, const PluginFiles& plugins,
                        Store& store, const BuildSettings& build, bool force, EventSink& sink);

}  // namespace baker
