// What a command's words mean.
#pragma once

#include "engine/cli/command_table.h"

#include <CLI/CLI.hpp>

namespace baker {

// `settings` is filled while `app`, the command's own, is parsed, and outlives it.
void add_options(CLI::App& app, const Command& command, Settings& settings);

}  // namespace baker
