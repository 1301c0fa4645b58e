#include "engine/cli/failed_attempts.h"

#include "engine/io/files.h"

#include <algorithm>
#include <string_view>

namespace baker {
namespace {

constexpr std::string_view kEnding = ".log";

}  // namespace

std::string logs_folder(const std::string& state_folder) {
  return state_folder + "/logs";
}

bool has_failed(const std::string& state_folder, const std::string& stage) {
  return path_exists(logs_folder(state_folder) + "/" + stage + std::string(kEnding));
}

std::vector<std::string> failed_stages(const std::string& state_folder) {
  std::vector<std::string> stages;
  for (const std::string& file : list_directory(logs_folder(state_folder)))
    if (file.ends_with(kEnding)) stages.push_back(file.substr(0, file.size() - kEnding.size()));
  std::ranges::sort(stages);
  return stages;
}

}  // namespace baker
