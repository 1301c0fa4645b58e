// The commands: what they are called, what they do, and which options they take.
#pragma once

#include "engine/cli/settings.h"

#include <span>
#include <string_view>

namespace baker {

enum class CommandGroup { kBaking, kRunning, kLooking, kStore };

struct Command {
  std::string_view name;
  std::string_view alias = {};
  CommandGroup group = CommandGroup::kBaking;
  std::string_view summary;       // one line
  std::string_view details = {};  // more of it, for its own help
  std::string_view examples;      // lines of arguments
  int (*function)(const Settings&) = nullptr;
  bool about_pipeline = true;
  bool about_host = false;   // instead of a pipeline
  bool about_store = false;  // the same
  bool pipeline_required = true;
  bool needs_file = true;        // of the pipeline: else its name will do when the file is gone
  std::string_view stages = {};  // what the names after the pipeline are
  bool stages_required = false;
  bool bakes = false;
  bool starts = false;         // or stops machines
  bool looks = false;          // at machines that run
  bool about_machine = false;  // a machine that runs, instead of a pipeline
  bool reports = false;        // as it goes on: with --quiet and --verbose
  bool has_json = true;
  bool asks_remote = false;  // besides those that bake
};

std::span<const Command> commands();

// By its name or its alias; null where there is none.
const Command* find_command(std::string_view name);

}  // namespace baker
