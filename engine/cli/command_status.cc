// baker status: the machines of a pipeline, or of all, and what its probes see.
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/cli/named_state.h"
#include "engine/cli/probes.h"
#include "engine/cli/reporting.h"
#include "engine/cli/step_tools.h"
#include "engine/io/files.h"
#include "engine/machines/machine_look.h"
#include "engine/plan/failed_attempts.h"
#include "engine/report/printable.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

using Json = nlohmann::json;

constexpr int kWatchMs = 1000;  // between two looks
constexpr const char* kClearScreen = "\033[H\033[2J";

// Seconds since 1970.
time_t host_was_started() {
  timespec now{}, up{};
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &up);
  return now.tv_sec - up.tv_sec;
}

struct MachineStatus {
  Machines::Report report;
  std::string ended;  // when and how it ended by itself; empty: not known, or it did not
  std::vector<std::string> addresses;
  std::vector<std::string> services;
};

struct PipelineStatus {
  std::string name;
  std::string file;
  std::vector<MachineStatus> machines;
  std::vector<Observed> probes;             // where a machine runs
  std::vector<std::string> failed;          // stages
  std::map<std::string, std::string> data;  // of whom, by folder
};

// What baker did with it last, and how it is.
std::string words_for(MachineLife life, bool running) {
  switch (life) {
    case MachineLife::kExpected:
    case MachineLife::kPlaced:
      return running ? "running" : "stopped";
    case MachineLife::kReplacing:
      return running ? "running" : "stopped in order to be replaced";
    case MachineLife::kGivenUp:
      return running ? "running" : "stopped in order to get its old tree";
    case MachineLife::kStarted:
      return running ? "running, and not known to serve" : "stopped: it has ended by itself";
    case MachineLife::kServing:
      return running ? "running" : "stopped: it has ended by itself";
    case MachineLife::kStopping:
      return running ? "running: it was told to stop" : "stopped";
    case MachineLife::kStopped:
      return running ? "running: started by hand" : "stopped";
  }
  return "";
}

std::string words_for(const MachineStatus& machine) {
  if (!machine.report.exists) return "missing (the next run places it again)";
  if (!machine.report.ours) return "replaced by somebody else";
  std::string words = words_for(machine.report.life, machine.report.running);
  if (!machine.ended.empty()) words += " (" + machine.ended + ")";
  if (!machine.addresses.empty()) words += ", " + join(machine.addresses, " ");
  if (!machine.services.empty()) words += ", " + join(machine.services, " ");
  if (!machine.report.trouble.empty()) words += "; " + machine.report.trouble;
  if (!machine.report.changed_by_hand.empty())
    words += "; " + machine.report.changed_by_hand + ": the next run writes it anew";
  if (machine.report.pending) words += ", pending: a new tree waits beside it";
  return words;
}

bool has_ended_by_itself(const Machines::Report& machine) {
  const bool was_up =
      machine.life == MachineLife::kStarted || machine.life == MachineLife::kServing;
  return machine.exists && !machine.running && was_up;
}

// The state is written whenever baker does something with a machine.
std::string how_it_ended(const NamedState& named, const MachineHost& host,
                         const std::string& machine) {
  struct stat state;
  if (stat((named.folder + "/state").c_str(), &state) == 0 && state.st_mtime < host_was_started())
    return "the host was started again since";
  return host.how_it_ended(machine);
}

void print_line(const Json& json) {
  std::puts(json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

void print_json(const PipelineStatus& status) {
  for (const auto& [report, ended, addresses, services] : status.machines) {
    print_line({{"event", "machine"},
                {"pipeline", status.name},
                {"machine", report.name},
                {"stage", report.stage},
                {"exists", report.exists},
                {"ours", report.ours},
                {"running", report.running},
                {"pending", report.pending},
                {"trouble", report.trouble},
                {"changed_by_hand", report.changed_by_hand},
                {"ended_by_itself", has_ended_by_itself(report)},
                {"ended", ended},
                {"method", report.method},
                {"addresses", addresses},
                {"services", services}});
  }
  for (const Observed& probe : status.probes) {
    print_line({{"event", "probe"},
                {"pipeline", status.name},
                {"stage", probe.stage},
                {"seen", probe.seen},
                {"facts", probe.facts}});
  }
  for (const std::string& stage : status.failed)
    print_line({{"event", "failed-stage"}, {"pipeline", status.name}, {"stage", stage}});
}

std::string log_command(const PipelineStatus& status, const std::string& stage,
                        const Settings& settings) {
  Invocation invocation = settings.invocation;
  invocation.pipeline = status.file;
  return command_line(invocation, "log", {stage});
}

void print_words(const PipelineStatus& status, const Settings& settings) {
  std::printf("%s  (%s)\n", status.name.c_str(),
              status.file.empty() ? "never baked here" : status.file.c_str());
  for (const MachineStatus& machine : status.machines)
    std::printf("  %-24s %s\n", machine.report.name.c_str(), words_for(machine).c_str());
  if (status.machines.empty())
    for (const auto& [folder, owner] : status.data)
      std::printf("  %-24s its data is left in %s\n", owner.c_str(), folder.c_str());
  for (const Observed& probe : status.probes) {
    if (!probe.seen.empty())
      std::printf("  %-24s %s\n", probe.stage.c_str(), printable(probe.seen).c_str());
  }
  for (const std::string& stage : status.failed)
    std::printf("  %-24s the last attempt to bake it failed; its log: %s\n", stage.c_str(),
                log_command(status, stage, settings).c_str());
}

PipelineStatus status_of(const NamedState& named, const Settings& settings) {
  PipelineState state = named.state;
  const HostPlaces places = host_places(settings, named.folder);
  const Machines machines(machine_places(settings, named.folder), state, nullptr);
  const std::unique_ptr<MachineHost> host = choose_host(places, settings.start_with);
  PipelineStatus status{named.name, state.file, {}, {}, failed_stages(named.folder), state.data};
  for (const Machines::Report& report : machines.report()) {
    MachineStatus machine{report, "", {}, {}};
    if (has_ended_by_itself(report)) machine.ended = how_it_ended(named, *host, report.name);
    if (report.running) {
      if (const std::optional<pid_t> init = host->init_of(report.name)) {
        machine.addresses = addresses_in(*init);
        machine.services = services_in(*init);
      }
    }
    status.machines.push_back(std::move(machine));
  }
  const bool any_runs = std::ranges::any_of(
      status.machines, [](const MachineStatus& machine) { return machine.report.running; });
  if (any_runs && geteuid() == 0 && !state.last_up.probes.empty()) {
    StepTools tools(settings);
    const std::unique_ptr<EventSink> nobody = make_reporter({.quiet = true});
    status.probes =
        observe_system(state, {tools.plugins(), tools.store(), tools.build(), *host, *nobody});
  }
  return status;
}

std::vector<NamedState> wanted_states(const Settings& settings) {
  if (!settings.pipeline.empty()) return {find_state(settings)};
  std::vector<NamedState> all;
  const std::string folder = absolute_path(settings.state_dir);
  for (auto& [name, state] : PipelineState::load_all(folder))
    all.push_back({name, folder + "/" + name, state});
  return all;
}

}  // namespace

int command_status(const Settings& settings) {
  for (;;) {
    std::vector<PipelineStatus> all;
    for (const NamedState& named : wanted_states(settings))
      all.push_back(status_of(named, settings));
    if (settings.watch && isatty(STDOUT_FILENO)) std::fputs(kClearScreen, stdout);
    for (const PipelineStatus& status : all)
      settings.json ? print_json(status) : print_words(status, settings);
    std::fflush(stdout);
    if (!settings.watch) return 0;
    poll(nullptr, 0, kWatchMs);
  }
}

}  // namespace baker
