// The environment of a command.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace baker {

// Entries "NAME=VALUE", each name once: a later one of `entries` replaces an earlier one, and the
// names of `settings`, the `env` of the SDK's Command, replace all. Of a name that came twice, C
// programs take the first value and shells the last.
std::vector<std::string> environment_with(const std::vector<std::string>& entries,
                                          const nlohmann::json& settings);

}  // namespace baker
