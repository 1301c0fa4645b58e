// Stages whose last attempt to bake failed. Their logs lie in the pipeline's state folder until the
// stage goes well.
#pragma once

#include <string>
#include <vector>

namespace baker {

std::string logs_folder(const std::string& state_folder);

// Where the log of a stage lies that has failed.
std::string failure_log(const std::string& logs_folder, const std::string& stage);

bool has_failed(const std::string& state_folder, const std::string& stage);

// By name.
std::vector<std::string> failed_stages(const std::string& state_folder);

}  // namespace baker
