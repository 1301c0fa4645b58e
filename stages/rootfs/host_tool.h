// Programs of the host whose messages decide what a failure means.
#pragma once

#include <baker/stage.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace baker::rootfs {

// Runs a program of the host; both its streams are in the stage's log and in the result's output.
// Never throws because the program failed; a missing program is a StageError that names its
// package.
CommandResult run_tool(const Network& network, const Context& context, const Command& command);

bool mentions_any(std::string_view output, std::initializer_list<std::string_view> phrases);
// The last line that holds one of the phrases, trimmed; the last line of all where none does.
std::string telling_line(std::string_view output, std::initializer_list<std::string_view> phrases);
std::string last_lines(std::string_view output, std::size_t count);

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view content);

}  // namespace baker::rootfs
