#include "engine/cli/command_table.h"

#include "engine/cli/commands.h"

#include <algorithm>
#include <array>

namespace baker {
namespace {

constexpr std::array kCommands = {
    Command{.name = "run",
            .alias = "bake",
            .summary = "Bake what has changed and place the machines. Starts nothing.",
            .examples = "run web.toml\n"
                        "run web.toml --set version=2.1\n"
                        "run web.toml --locked --offline",
            .function = command_run,
            .bakes = true,
            .reports = true},
    Command{.name = "plan",
            .summary = "Show what a run would do with each stage, and why. Changes nothing.",
            .examples = "plan web.toml\nplan web.toml --set version=2.1",
            .function = command_plan},
    Command{.name = "why",
            .summary = "Show why a stage would be baked again, or what changed for it last.",
            .examples = "why web.toml site",
            .function = command_why,
            .stages = "The stage.",
            .stages_required = true},
    Command{.name = "log",
            .summary = "Print what a stage printed last, also where it comes from the cache.",
            .examples = "log web.toml site",
            .function = command_log,
            .stages = "The stage.",
            .stages_required = true,
            .has_json = false},
    Command{.name = "update",
            .summary = "Resolve pins again and write the lock file. Bakes what that needs.",
            .examples = "update web.toml\nupdate web.toml base",
            .function = command_update,
            .stages = "The stages to resolve again; all where none is named.",
            .bakes = true,
            .reports = true},
    Command{.name = "up",
            .group = CommandGroup::kRunning,
            .summary = "Bake, then start machines and replace changed ones one by one.",
            .details = "Returns when the system works.",
            .examples = "up web.toml\nup web.toml --dry-run\nup web.toml --set version=2.1",
            .function = command_up,
            .bakes = true,
            .starts = true,
            .reports = true},
    Command{.name = "down",
            .group = CommandGroup::kRunning,
            .summary = "Stop the machines of a pipeline.",
            .examples = "down web.toml\ndown web",
            .function = command_down,
            .needs_file = false,
            .starts = true,
            .reports = true},
    Command{.name = "rollback",
            .group = CommandGroup::kRunning,
            .summary = "Restore the machines that an unfinished `up` has replaced.",
            .examples = "rollback web.toml",
            .function = command_rollback,
            .starts = true,
            .reports = true},
    Command{.name = "test",
            .group = CommandGroup::kRunning,
            .summary = "Use the running system, STOP one of its machines, use it again.",
            .details = "The probes choose a machine that the system can do without. It is started "
                       "again, and the command returns when all is whole.",
            .examples = "test web.toml",
            .function = command_test,
            .starts = true,
            .reports = true},
    Command{.name = "destroy",
            .group = CommandGroup::kRunning,
            .summary = "Remove what a pipeline has put on this host. Data stays.",
            .examples = "destroy web.toml\ndestroy web --data",
            .function = command_destroy,
            .needs_file = false,
            .reports = true},
    Command{.name = "mount",
            .group = CommandGroup::kRunning,
            .summary = "Mount the tree of a machine that is not: after a boot, say.",
            .details = "`up` and systemd do it before they start a machine.",
            .examples = "mount web",
            .function = command_mount,
            .about_pipeline = false,
            .about_machine = true,
            .has_json = false},
    Command{.name = "status",
            .group = CommandGroup::kLooking,
            .summary = "Show the machines of a pipeline, or of all, and what probes see.",
            .examples = "status\nstatus web.toml --watch",
            .function = command_status,
            .pipeline_required = false,
            .needs_file = false,
            .looks = true},
    Command{.name = "exec",
            .group = CommandGroup::kLooking,
            .summary = "Run a command in a machine.",
            .examples = "exec web -- systemctl --failed",
            .function = command_exec,
            .about_pipeline = false,
            .about_machine = true,
            .has_json = false},
    Command{.name = "shell",
            .group = CommandGroup::kLooking,
            .summary = "Open a shell in a machine.",
            .examples = "shell web",
            .function = command_shell,
            .about_pipeline = false,
            .about_machine = true,
            .has_json = false},
    Command{.name = "stages",
            .alias = "types",
            .group = CommandGroup::kLooking,
            .summary = "List the stage types, or the options of one.",
            .examples = "stages\nstages rootfs",
            .function = command_stages,
            .about_pipeline = false,
            .stages = "A stage type."},
    Command{.name = "doctor",
            .group = CommandGroup::kLooking,
            .summary = "Tell what this host has and lacks for baking and starting machines.",
            .details = "Ends with 1 where it can't bake.",
            .examples = "doctor\ndoctor --cache-dir /mnt/cache",
            .function = command_doctor,
            .about_pipeline = false,
            .about_host = true},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find_if(kCommands, [&](const Command& command) {
    return !name.empty() && (command.name == name || command.alias == name);
  });
  return found == kCommands.end() ? nullptr : found;
}

}  // namespace baker
