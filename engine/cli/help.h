// What the command line says of itself.
#pragma once

#include "engine/base/error.h"
#include "engine/cli/command_table.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace baker {

// All commands, a line each.
std::string overview(const std::string& program);

std::string exit_codes();

// How a command's own help looks: `baker help run`.
std::shared_ptr<CLI::FormatterBase> help_formatter(const Command& command);

// What is wrong with the words after a command, and what may have been meant.
Error usage_error(const std::string& program, const Command& command, const CLI::App& app,
                  const CLI::ParseError& error);

// Of a word that is no command.
Error unknown_command(const std::string& program, const std::string& word);

}  // namespace baker
