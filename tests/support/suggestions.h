// The commands that baker's messages suggest.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/host_program.h"

namespace baker::testing {

// Those that begin with `program`, as baker was called: in backquotes, or from a colon to the end
// of a line.
std::vector<std::string> suggestions_in(const std::string& text, const std::string& program);

// Types each suggestion of an outcome into a shell, in the folder that baker was called in. What
// only looks is run as it is. For what would change something, another command that takes the same
// words and only looks is run in its place. Throws std::runtime_error where one is refused as
// wrong: an unknown option, param, stage or pipeline, a folder that is not the one.
void expect_suggestions_work(const Outcome& outcome, const std::string& program,
                             const std::filesystem::path& folder,
                             const std::map<std::string, std::string>& env);

}  // namespace baker::testing
