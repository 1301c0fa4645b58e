#include "engine/cli/command_options.h"

#include "engine/base/text.h"
#include "engine/cli/commands.h"
#include "engine/pipeline/form.h"

namespace baker {
namespace {

constexpr const char* kFolders = "Folders";

// As from a variable that is not set.
const CLI::Validator kNotEmpty([](std::string& text) { return text.empty() ? "it is empty" : ""; },
                               "");

// As the host's settings have it, too.
const CLI::Validator kBytes(
    [](std::string& text) -> std::string {
      const std::optional<std::uint64_t> bytes = bytes_of(text);
      if (!bytes) return "\"" + text + "\" is no size, as 500M or 20G";
      text = std::to_string(*bytes);
      return "";
    },
    "");

// It takes one value each time that it is given: what follows that is an argument.
CLI::Option* repeatable(CLI::Option* option) {
  return option->take_all()->allow_extra_args(false);
}

CLI::Option* add_folder(CLI::App& app, const char* name, std::string& folder, const char* help) {
  return app.add_option(name, folder, help)
      ->type_name("DIR")
      ->capture_default_str()
      ->check(kNotEmpty)
      ->group(kFolders);
}

void add_folders(CLI::App& app, Settings& settings) {
  add_folder(app, "--cache-dir", settings.cache_dir, "Layers, records and downloads.");
  add_folder(app, "--machines-dir", settings.machines_dir, "Machines.");
  add_folder(app, "--state-dir", settings.state_dir, "What baker knows of what it has placed.");
  add_folder(app, "--nspawn-dir", settings.nspawn_dir, "Settings of machines (.nspawn files).");
}

void add_pipeline_options(CLI::App& app, const Command& command, Settings& settings) {
  auto* option = app.add_option("PIPELINE", settings.pipeline,
                                "Its TOML file, the folder of that, or the name of one that was "
                                "run here.");
  option->type_name("");
  if (command.pipeline_required) option->required();
  repeatable(app.add_option("--set", settings.set, "Another value for a param, for this call."))
      ->type_name("NAME=VALUE");
  app.add_option("--lock-file", settings.lock_file,
                 "The lock file. Default: NAME.lock.toml beside NAME.toml.")
      ->type_name("FILE");
  add_folders(app, settings);
}

void add_machine_options(CLI::App& app, const Command& command, Settings& settings) {
  if (command.about_machine) {
    app.add_option("MACHINE", settings.pipeline, "The machine.")->required()->type_name("");
    if (command.function == command_mount) return add_folders(app, settings);
    add_folder(app, "--machines-dir", settings.machines_dir, "Machines.");
    if (command.function == command_exec)
      app.add_option("COMMAND", settings.command, "After --: the command and its arguments.")
          ->required()
          ->type_name("");
  }
  if (command.looks)
    app.add_flag("--watch", settings.watch, "Show it again every second, until Ctrl-C.");
  app.add_option("--start-with", settings.start_with,
                 "Who starts machines: systemd-machined, or systemd-nspawn as a process of its "
                 "own. Default: machined where this host runs it.")
      ->check(CLI::IsMember({"machined", "direct"}).description(""))
      ->type_name("machined|direct");
  if (!command.starts) return;
  app.add_option("--stop-timeout", settings.stop_timeout,
                 "How long a machine has to power off before it is killed.")
      ->type_name("SECONDS")
      ->capture_default_str();
}

void add_place(CLI::App& app, Settings& settings) {
  app.add_option("--place", settings.place,
                 "How machines come to lie in their places, for this call, whatever the pipeline "
                 "says (option `place` of `snapshot`). Also by BAKER_PLACE.")
      ->envname("BAKER_PLACE")
      ->check(CLI::IsMember(place_words()).description(""))
      ->type_name(join(place_words(), "|"));
}

void add_baking_options(CLI::App& app, Settings& settings) {
  app.add_option("--jobs,-j", settings.jobs, "Stages at a time. Default: the number of CPUs.")
      ->check(CLI::Range(1U, 1024U).description(""))
      ->type_name("N");
  app.add_flag("--locked", settings.locked,
               "Fail rather than resolve: bake only what the lock file pins.");
  app.add_flag("--offline", settings.offline, "Fail rather than use the network.");
  app.add_option("--on", settings.on,
                 "Bake layers on other hosts, through the shared cache: ssh:HOST,HOST, slurm or "
                 "slurm:PARTITION.")
      ->type_name("HOSTS");
}

void add_up_options(CLI::App& app, Settings& settings) {
  app.add_flag("--dry-run", settings.dry_run, "Only show what would be done.");
  app.add_flag("--parallel", settings.parallel,
               "Replace all changed machines at once, and ask the probes only then.");
  app.add_flag("--finalize", settings.finalize,
               "At the end, let the probes make a new version permanent (Kafka's feature level): "
               "there is no way back to the old one.");
  repeatable(app.add_option("--allow", settings.allow,
                            "Take a risk, by the name that `up` gives it when it refuses."))
      ->type_name("RISK");
}

void add_keep_days(CLI::App& app, Settings& settings) {
  app.add_option(
         "--keep-days", settings.keep_days,
         "For how long after its last use something stays that nobody uses. Default: 30, or "
         "what /etc/baker/baker.toml says.")
      ->check(CLI::Range(0U, 36500U).description(""))
      ->type_name("N");
}

void add_store_options(CLI::App& app, const Command& command, Settings& settings) {
  add_folder(app, "--cache-dir", settings.cache_dir, "Layers, records and downloads.");
  if (command.function != command_gc) return;
  add_keep_days(app, settings);
  app.add_option("--max-size", settings.max_size,
                 "Go on, with what was unused longest, until the cache is no larger.")
      ->transform(kBytes)
      ->type_name("SIZE");
  app.add_flag("--dry-run", settings.dry_run, "Only show what would be removed.");
}

void add_remote_options(CLI::App& app, const Command& command, Settings& settings) {
  app.add_option("--remote", settings.remote,
                 "The cache that is shared with others, as oci://HOST/NAME or https://HOST/PATH. "
                 "Also by BAKER_REMOTE.")
      ->envname("BAKER_REMOTE")
      ->type_name("URL");
  if (command.function == command_push)
    app.add_flag("--logs", settings.logs, "Push what the stages printed, too.");
  if (command.function != command_remote) return;
  app.add_option("ACTION", settings.action, "status, key or gc.")
      ->required()
      ->check(CLI::IsMember({"status", "key", "gc"}).description(""))
      ->type_name("");
  add_folder(app, "--cache-dir", settings.cache_dir, "Whose pipelines' layers stay.");
  add_keep_days(app, settings);
  app.add_flag("--dry-run", settings.dry_run, "Only show what `gc` would remove.");
}

void add_verify_options(CLI::App& app, Settings& settings) {
  auto* deep = app.add_flag("--deep", settings.deep,
                            "Read all content, too. Interrupted, it goes on where it was.");
  app.add_flag("--rebuild", settings.rebuild,
               "Bake the pipeline once more into an empty cache, in another environment, and name "
               "what differs.")
      ->excludes(deep);
}

}  // namespace

void add_options(CLI::App& app, const Command& command, Settings& settings) {
  if (command.about_pipeline) add_pipeline_options(app, command, settings);
  if (command.about_host) add_folders(app, settings);
  if (command.about_store) add_store_options(app, command, settings);
  if (!command.stages.empty()) {
    auto* option = app.add_option(command.about_pipeline ? "STAGE" : "TYPE", settings.stages,
                                  std::string(command.stages));
    option->type_name("");
    if (command.stages_required) option->required();
    if (command.stages_required || !command.about_pipeline) option->expected(1);
  }
  if (!command.about_machine && !command.about_store && command.function != command_remote) {
    repeatable(app.add_option("--plugin-dir", settings.plugin_dirs,
                              "Stage types of your own, before BAKER_PLUGIN_PATH and baker's."))
        ->type_name("DIR")
        ->group(kFolders);
  }
  if (command.starts || command.looks || command.about_machine)
    add_machine_options(app, command, settings);
  if (command.function == command_worker)
    app.add_option("ACTION", settings.action, "check or run.")
        ->required()
        ->check(CLI::IsMember({"check", "run"}).description(""))
        ->type_name("");
  if (command.bakes) add_baking_options(app, settings);
  if (command.bakes || command.asks_remote || command.function == command_plan ||
      command.function == command_why)
    add_remote_options(app, command, settings);
  if (command.bakes || command.function == command_plan || command.function == command_why)
    add_place(app, settings);
  if (command.function == command_up) add_up_options(app, settings);
  if (command.function == command_destroy) {
    app.add_flag("--data", settings.data,
                 "Remove the data, too: the folders that baker made for the machines' binds.");
    app.add_flag("--dry-run", settings.dry_run, "Only show what would be removed.");
    app.add_flag("--yes,-y", settings.yes, "Do not ask.");
    app.add_flag("--force", settings.force,
                 "Go on where something can't be removed, and say what is left.");
  }
  if (command.function == command_verify) add_verify_options(app, settings);
  if (command.function == command_run || command.function == command_up)
    app.add_flag("--prune", settings.prune,
                 "Remove machines that the pipeline no longer describes.");
  if (command.has_json)
    app.add_flag("--json", settings.json, "Write JSON Lines (docs/json-events.md).");
  if (!command.reports) return;
  app.add_flag("--quiet,-q", settings.quiet, "Only warnings and errors.");
  app.add_flag("--verbose,-v", settings.verbose, "Everything that stages print.");
}

}  // namespace baker
