#include "engine/cli/pipeline_data.h"

#include "engine/io/files.h"
#include "engine/io/made_folder.h"
#include "engine/machines/bound_paths.h"

#include <algorithm>

namespace baker {
namespace {

bool is_same_or_above(const std::string& path, const std::string& other) {
  return path == other || other.starts_with(path + "/");
}

// The pipeline beside this one whose machines bind the folder, or one that it lies in: what their
// settings say.
std::string other_user(const std::string& folder, const std::string& state_folder) {
  const std::string states = parent_path(state_folder);
  for (const std::string& name : list_directory(states)) {
    const std::string other = states + "/" + name;
    if (other == state_folder || !is_directory(other)) continue;
    for (const std::string& file : list_directory(other)) {
      if (!file.ends_with(".nspawn")) continue;
      for (const std::string& bound :
           bound_paths(read_file_if_exists(other + "/" + file).value_or("")))
        if (is_same_or_above(bound, folder)) return name;
    }
  }
  return "";
}

}  // namespace

std::vector<DataFolder> data_folders(const PipelineState& state, const std::string& state_folder) {
  std::vector<DataFolder> folders;
  for (auto each = state.data.rbegin(); each != state.data.rend(); ++each) {
    const auto& [path, owner] = *each;
    if (is_marked_for(path, state_folder))
      folders.push_back({path, owner, other_user(path, state_folder)});
  }
  return folders;
}

void forget_removed_data(PipelineState& state) {
  const bool any_left =
      std::ranges::any_of(state.data, [](const auto& folder) { return path_exists(folder.first); });
  if (!state.machines.empty() || any_left) return;
  state.data.clear();
  state.remembered.clear();
}

}  // namespace baker
