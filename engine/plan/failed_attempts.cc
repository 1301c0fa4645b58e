#include "engine/plan/failed_attempts.h"

#include "engine/io/files.h"

#include <string_view>

namespace baker {
namespace {

constexpr std::string_view kEnding = ".log";

}  // namespace

std::string logs_folder(const std::string& state_folder) {
  return state_folder + "/logs";
}

std::string failure_log(const std::string& logs_folder, const std::string& stage) {
  return logs_folder + "/" + stage + std::string(kEnding);
}

bool has_failed(const std::string& state_folder, const std::string& stage) {
  return path_exists(failure_log(logs_folder(state_folder), stage));
}

std::vector<std::string> failed_stages(const std::string& state_folder) {
  std::vector<std::string> stages;
  for (const std::string& file : list_directory(logs_folder(state_folder)))
    if (file.ends_with(kEnding)) stages.push_back(file.substr(0, file.size() - kEnding.size()));
  return stages;
}

}  // namespace baker
