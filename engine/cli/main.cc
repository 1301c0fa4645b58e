// baker: the command line. Each command is a file of its own.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/report/printable.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <string_view>

namespace baker {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitInvalid = 2;
constexpr int kExitInterrupted = 130;

// As from a variable that is not set.
const CLI::Validator kNotEmpty([](std::string& text) { return text.empty() ? "it is empty" : ""; },
                               "");

struct Command {
  const char* name;
  const char* summary;
  int (*function)(const Settings&);
  bool about_pipeline = true;
  bool pipeline_required = true;
  const char* stages = nullptr;  // help of the names after the pipeline
  bool stages_required = false;
  bool bakes = false;
  bool starts = false;         // or stops machines
  bool looks = false;          // at machines that run
  bool about_machine = false;  // a machine that runs, instead of a pipeline
};

constexpr Command kCommands[] = {
    {.name = "run",
     .summary = "Bake what has changed and place the machines.",
     .function = command_run,
     .bakes = true},
    {.name = "plan",
     .summary = "Say what a run would do with each stage, and why. Needs no root, changes nothing.",
     .function = command_plan},
    {.name = "why",
     .summary = "Say why a stage would be baked again, or what changed for it last.",
     .function = command_why,
     .stages = "The stage.",
     .stages_required = true},
    {.name = "up",
     .summary = "Bake what has changed, start the machines and replace changed ones one by one; "
                "return when the probes hold.",
     .function = command_up,
     .bakes = true,
     .starts = true},
    {.name = "down",
     .summary = "Stop the machines of a pipeline (its file or its name).",
     .function = command_down,
     .starts = true},
    {.name = "rollback",
     .summary = "Put the trees back that an up has replaced and did not come to an end with.",
     .function = command_rollback,
     .starts = true},
    {.name = "test",
     .summary = "Try the running system: use it, stop a machine that it can do without, use it, "
                "start the machine again, wait until all is whole.",
     .function = command_test,
     .starts = true},
    {.name = "exec",
     .summary = "Run a command in a machine, as in: baker exec kafka-tester -- kafka-topics.sh …",
     .function = command_exec,
     .about_machine = true},
    {.name = "shell",
     .summary = "A shell in a machine.",
     .function = command_shell,
     .about_machine = true},
    {.name = "update",
     .summary = "Resolve the pins again, of all stages or of those named, and write the lock file.",
     .function = command_update,
     .stages = "Stages to resolve again; all without one.",
     .bakes = true},
    {.name = "log",
     .summary = "Print what a stage printed last, also when it comes from the cache.",
     .function = command_log,
     .stages = "The stage.",
     .stages_required = true},
    {.name = "stages",
     .summary = "List the stage types, or the options of one.",
     .function = command_stages,
     .about_pipeline = false,
     .stages = "A stage type."},
    {.name = "status",
     .summary = "Show the machines of a pipeline (its file or its name), or of all.",
     .function = command_status,
     .pipeline_required = false,
     .looks = true},
    {.name = "destroy",
     .summary = "Remove what a pipeline (its file or its name) has put on this host. Data stays.",
     .function = command_destroy},
};

void add_machine_options(CLI::App& app, const Command& command, Settings& settings) {
  if (command.about_machine) {
    app.add_option("machine", settings.pipeline, "The machine.")->required();
    app.add_option("--machines-dir", settings.machines_dir, "Where machines are placed.")
        ->capture_default_str()
        ->check(kNotEmpty);
    if (command.function == command_exec)
      app.add_option("command", settings.command, "After --: the command and its arguments.")
          ->required();
  }
  if (command.looks)
    app.add_flag("--watch", settings.watch, "Show it again every second, until it is interrupted.");
  app.add_option("--start-with", settings.start_with,
                 "Who starts machines: machined (systemd's) or direct (systemd-nspawn as a process "
                 "of its own). Without it: machined where this host runs it.")
      ->check(CLI::IsMember({"machined", "direct"}));
  if (!command.starts) return;
  app.add_option("--stop-timeout", settings.stop_timeout,
                 "Seconds that a machine has to power off before it is killed.")
      ->capture_default_str();
}

// It takes one value each time that it is given: what follows that is an argument.
CLI::Option* repeatable(CLI::Option* option) {
  return option->take_all()->allow_extra_args(false);
}

void add_up_options(CLI::App& app, Settings& settings) {
  app.add_flag("--dry-run", settings.dry_run, "Only say what would be done.");
  app.add_flag("--parallel", settings.parallel,
               "Replace all changed machines at once, and ask the probes only then.");
  app.add_flag("--finalize", settings.finalize,
               "At the end, let the probes make a new version permanent (Kafka's feature level): "
               "there is no way back to the old one.");
  repeatable(app.add_option("--allow", settings.allow,
                            "A risk to take, by the name that `up` gives it when it refuses."))
      ->type_name("RISK");
}

void add_options(CLI::App& app, const Command& command, Settings& settings) {
  if (command.starts || command.looks || command.about_machine)
    add_machine_options(app, command, settings);
  if (command.about_machine) return;
  if (command.about_pipeline) {
    auto* option = app.add_option("pipeline", settings.pipeline, "The pipeline: a TOML file.");
    if (command.pipeline_required) option->required();
    repeatable(app.add_option("--set", settings.set,
                              "NAME=VALUE: another value for a param, for this call only."))
        ->type_name("NAME=VALUE");
    app.add_option("--cache-dir", settings.cache_dir,
                   "Where layers, records and downloads are kept.")
        ->capture_default_str()
        ->check(kNotEmpty);
    app.add_option("--machines-dir", settings.machines_dir, "Where machines are placed.")
        ->capture_default_str()
        ->check(kNotEmpty);
    app.add_option("--state-dir", settings.state_dir, "Where baker remembers what it has placed.")
        ->capture_default_str()
        ->check(kNotEmpty);
    app.add_option("--nspawn-dir", settings.nspawn_dir, "Where .nspawn files go.")
        ->capture_default_str()
        ->check(kNotEmpty);
    app.add_option("--lock-file", settings.lock_file,
                   "The lock file; NAME.lock.toml beside NAME.toml without it.");
  }
  repeatable(app.add_option(
      "--plugin-dir", settings.plugin_dirs,
      "A folder with stage types of your own, before BAKER_PLUGIN_PATH and baker's."));
  if (command.stages) {
    auto* option =
        app.add_option(command.about_pipeline ? "stage" : "type", settings.stages, command.stages);
    if (command.stages_required) option->required()->expected(1);
  }
  if (command.bakes) {
    app.add_option("--jobs,-j", settings.jobs,
                   "Stages at a time; as many as there are processors without it.")
        ->check(CLI::Range(1U, 1024U));
    app.add_flag("--locked", settings.locked,
                 "End with 1 rather than resolve: only what is in the lock file is baked.");
    app.add_flag("--offline", settings.offline,
                 "End with 1 rather than resolve or fetch: nothing is asked of the network.");
  }
  if (command.function == command_destroy)
    app.add_flag("--data", settings.data,
                 "Remove the data, too: the folders that baker made for the machines' binds.");
  if (command.function == command_up) add_up_options(app, settings);
  if (command.function == command_run || command.function == command_up)
    app.add_flag("--prune", settings.prune,
                 "Remove machines that the pipeline no longer describes.");
  app.add_flag("--json", settings.json, "Write JSON Lines (docs/json-events.md).");
  app.add_flag("--quiet,-q", settings.quiet, "Only warnings and errors.");
  app.add_flag("--verbose,-v", settings.verbose, "Everything that stages print.");
}

int exit_status_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalid:
      return kExitInvalid;
    case ErrorCode::kInterrupted:
      return kExitInterrupted;
    default:
      return kExitFailed;
  }
}

// Words of strangers may be in it: of a plugin, a server, an image.
void print(const Error& error) {
  std::vector<std::string> lines = split(error.describe(), '\n');
  for (std::string& line : lines) line = printable(line);
  std::fprintf(stderr, "baker: %s\n", join(lines, "\n").c_str());
}

int run(int argc, char** argv) {
  CLI::App app("baker bakes machine images from stages, and remembers what it has baked.");
  app.set_version_flag("--version", BAKER_VERSION);
  app.require_subcommand(1);
  Settings settings;
  for (const Command& command : kCommands) {
    CLI::App* subcommand = app.add_subcommand(command.name, command.summary);
    // Only of what is named: a run with nothing to do would notice those of all commands.
    if (std::find(argv, argv + argc, std::string_view(command.name)) != argv + argc)
      add_options(*subcommand, command, settings);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitInvalid;
  }
  for (const Command& command : kCommands) {
    if (app.got_subcommand(command.name)) return command.function(settings);
  }
  return kExitInvalid;
}

}  // namespace
}  // namespace baker

int main(int argc, char** argv) {
  try {
    return baker::run(argc, argv);
  } catch (const baker::Error& error) {
    std::fflush(stdout);
    baker::print(error);
    return baker::exit_status_of(error);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr,
                 "baker: a mistake in baker itself: %s; please report it with what you did\n",
                 error.what());
    return baker::kExitFailed;
  }
}
