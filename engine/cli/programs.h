// Where baker's own pieces lie: beside the program in a build folder, or where they were installed.
#pragma once

#include <string>
#include <vector>

namespace baker {

// Throws Error where it is neither here nor there.
std::string own_program(const std::string& name);

// Folders with stage types, in the order in which they count: given ones, BAKER_PLUGIN_PATH,
// baker's own.
std::vector<std::string> plugin_folders(const std::vector<std::string>& given);

}  // namespace baker
