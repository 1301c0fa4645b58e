// baker destroy: takes away exactly what the pipeline has put on the host. Data stays.
#include "cache/store_uses.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/named_state.h"
#include "engine/cli/pipeline_data.h"
#include "engine/cli/pipeline_lock.h"
#include "engine/cli/reporting.h"
#include "engine/cli/step_tools.h"
#include "engine/io/files.h"
#include "engine/io/made_folder.h"
#include "engine/io/root_dir.h"
#include "engine/machines/machine_host.h"
#include "engine/machines/machines.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace baker {
namespace {

void take_away_host_stages(const Settings& settings, const PipelineLock& lock, PipelineState& state,
                           EventSink& sink) {
  if (state.applied.empty()) return;
  StepTools tools(settings);
  remove_host_stages(state, lock, tools.plugins(), tools.store(), tools.build(), settings.force,
                     sink);
}

// What baker made, and nothing that somebody has put in its place.
void remove_data(const PipelineState& state, const std::string& state_folder, EventSink& sink) {
  for (const DataFolder& folder : data_folders(state, state_folder)) {
    if (!folder.user.empty()) {
      sink.on(Note{true, fmt::format("data of {} stays, as pipeline \"{}\" uses it: {}",
                                     folder.owner, folder.user, folder.path)});
      continue;
    }
    const bool gone = remove_marked_folder(folder.path, state_folder);
    sink.on(Note{!gone, fmt::format("data of {} removed: {}{}", folder.owner, folder.path,
                                    gone ? "" : ", but for what others have in it")});
  }
}

// Until the data is removed as well, the pipeline is known by it.
void forget(const PipelineState& state, const PipelineLock& lock) {
  if (state.data.empty()) return remove_tree(lock.folder());
  PipelineState left;
  left.file = state.file;
  left.data = state.data;
  left.remembered = state.remembered;  // of the system that this is the data of
  left.save(lock);
  for (const std::string& name : list_directory(lock.folder()))
    if (name != "state" && name != "lock") remove_tree(lock.folder() + "/" + name);
}

// The folders that only stand because machines did.
void remove_empty_folders(const Settings& settings) {
  for (const std::string& folder : {settings.nspawn_dir, settings.state_dir})
    if (is_marked_for(folder, kEverybody)) rmdir(folder.c_str());
  for (const char* folder : {"/run/systemd/nspawn/propagate", "/run/systemd/nspawn/locks",
                             "/run/systemd/nspawn", "/run/systemd/nspawn-uid"})
    rmdir(folder);
}

std::vector<std::string> what_is_removed(const PipelineState& state, const Machines& machines,
                                         const std::string& state_folder,
                                         const Settings& settings) {
  std::vector<std::string> things;
  for (const Machines::Report& machine : machines.report())
    things.push_back("machine \"" + machine.name + "\"");
  for (const auto& [stage, applied] : state.applied)
    things.push_back("what stage " + stage + " has set up on the host");
  if (!settings.data) return things;
  for (const DataFolder& folder : data_folders(state, state_folder))
    if (folder.user.empty()) things.push_back("the DATA of " + folder.owner + " in " + folder.path);
  return things;
}

std::string words_for_data(const PipelineState& state, const Settings& settings) {
  if (state.data.empty()) return "";
  std::vector<std::string> folders;
  for (const auto& [folder, owner] : state.data) folders.push_back(folder);
  return fmt::format(", its data in {} (the next up goes on with it; `{} --data` removes it)",
                     join(folders, ", "), command_line(settings.invocation, "destroy"));
}

// On a terminal. Whoever sends words down a pipe knows what they want.
bool is_wanted(const std::string& name, const std::vector<std::string>& things,
               const Settings& settings) {
  if (things.empty() || settings.yes || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
    return true;
  std::printf("This removes of pipeline \"%s\":\n", name.c_str());
  for (const std::string& each : things) std::printf("  %s\n", each.c_str());
  std::printf("Remove them? [y/N] ");
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int command_destroy(const Settings& settings) {
  std::unique_ptr<EventSink> sink = make_sink(settings);
  const NamedState named = find_state(settings);
  if (!path_exists(named.folder)) {
    sink->on(Note{false, "pipeline \"" + named.name + "\" has nothing on this host"});
    return 0;
  }
  const PipelineLock lock = lock_pipeline(named.folder, -1, *sink);
  PipelineState state = PipelineState::load(named.folder).value_or(PipelineState{});
  Machines machines(machine_places(settings, named.folder), state, &lock);
  for (const Machines::Report& machine : machines.report()) {
    if (machine.running)
      throw Error("machine \"" + machine.name +
                  "\" is running, and nothing was removed; stop it first: " +
                  command_line(settings.invocation, "down"));
  }
  const std::vector<std::string> things = what_is_removed(state, machines, named.folder, settings);
  if (settings.dry_run) {
    for (const std::string& thing : things) sink->on(Note{false, "would be removed: " + thing});
    return 0;
  }
  if (!is_wanted(named.name, things, settings)) {
    sink->on(Note{false, "nothing was removed"});
    return 0;
  }
  take_away_host_stages(settings, lock, state, *sink);
  std::unique_ptr<MachineHost> host =
      choose_host(host_places(settings, named.folder), settings.start_with);
  for (const Machines::Report& machine : machines.report()) {
    host->clean_up(machine.name);
    sink->on(removed_note(machine.name, machines.remove(machine.name), ""));
    tell_notes(machines, *sink);
  }
  if (settings.data) remove_data(state, named.folder, *sink);
  std::erase_if(state.data,
                [&](const auto& each) { return !is_marked_for(each.first, named.folder); });
  forget(state, lock);
  forget_use(absolute_path(settings.cache_dir), named.folder);
  remove_empty_folders(settings);
  sink->on(Note{false, "pipeline \"" + named.name + "\" destroyed; its layers stay in the cache" +
                           words_for_data(state, settings)});
  return 0;
}

}  // namespace baker
