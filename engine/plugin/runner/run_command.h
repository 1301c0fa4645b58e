// Runs one command for a stage: output to the stage's log or captured, input from a payload.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

// `command` is what the SDK's Command crosses as; `argv` and `environment` are what is really run.
// With `joined_pidfd` it runs in the namespaces of that process. Waits for its end, however late.
// Returns {"exit":…,"output":…} as JSON text; throws Error where the command fails and must not.
std::string run_command(const nlohmann::json& command, const std::vector<std::string>& argv,
                        const std::vector<std::string>& environment, const std::string& directory,
                        std::string_view input, int joined_pidfd = -1);

}  // namespace baker
