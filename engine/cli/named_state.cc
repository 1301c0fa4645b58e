#include "engine/cli/named_state.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/did_you_mean.h"
#include "engine/cli/programs.h"
#include "engine/io/files.h"
#include "engine/pipeline/diagnostic.h"
#include "engine/plugin/catalogue.h"

#include <filesystem>

namespace baker {
namespace {

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

// As they would be named on a command line.
std::vector<std::string> pipelines_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const std::string& name : list_directory(folder)) {
    const std::string file = folder == "." ? name : folder + "/" + name;
    if (name.ends_with(".toml") && !name.ends_with(".lock.toml") &&
        read_regular_file(file).value_or("").find("[pipeline]") != std::string::npos)
      files.push_back(file);
  }
  return files;
}

std::string only_pipeline_in(const std::string& folder) {
  const std::vector<std::string> files = pipelines_in(folder);
  if (files.size() == 1) return files.front();
  throw Error(ErrorCode::kInvalid, files.empty() ? "the folder \"" + folder +
                                                       "\" has no pipeline: no file *.toml with "
                                                       "a table [pipeline]"
                                                 : "the folder \"" + folder +
                                                       "\" has more than one pipeline: " +
                                                       join(files, ", ") + ". Name one of them");
}

// Also of one whose only run failed: it has left its folder, and no more.
bool has_state(const Settings& settings, const std::string& name) {
  return name.find('/') == std::string::npos && name != "." && name != ".." &&
         std::filesystem::is_directory(settings.state_dir + "/" + name);
}

// A name, or the name that a readable pipeline file gives itself.
std::string name_of(const Settings& settings) {
  const std::string& given = settings.pipeline;
  if (has_state(settings, given)) return given;
  for (const std::string& name : list_directory(settings.state_dir)) {
    // Without --set the file of a state says enough, even when it can't be read any more.
    if (!settings.set.empty()) break;
    std::optional<PipelineState> state = PipelineState::load(settings.state_dir + "/" + name);
    if (state && state->file == absolute_path(given) && !path_exists(given)) return name;
  }
  if (!path_exists(given)) {
    throw Error(ErrorCode::kInvalid,
                "there is neither a pipeline file \"" + given + "\" nor a pipeline of that name (" +
                    suggestion(given, list_directory(settings.state_dir)) + ")");
  }
  Catalogue catalogue(plugin_folders(settings.plugin_dirs));
  return read_pipeline(given, settings.set, catalogue).name;
}

}  // namespace

std::string pipeline_file(const Settings& settings, bool needs_file) {
  const std::string& given = settings.pipeline;
  if (!needs_file && has_state(settings, given)) return given;
  if (std::filesystem::is_directory(given)) return only_pipeline_in(given);
  if (!needs_file || path_exists(given)) return given;
  if (has_state(settings, given)) {
    const auto state = PipelineState::load(settings.state_dir + "/" + given);
    if (state && path_exists(state->file)) return state->file;
  }
  std::vector<std::string> known = pipelines_in(parent_of(given));
  for (const std::string& name : list_directory(settings.state_dir)) known.push_back(name);
  throw Error(ErrorCode::kInvalid,
              with_suggestion("there is no pipeline file \"" + given +
                                  "\", and no pipeline of that name was run here",
                              given, known));
}

NamedState find_state(const Settings& settings) {
  NamedState found;
  found.name = name_of(settings);
  found.folder = absolute_path(settings.state_dir) + "/" + found.name;
  found.state = PipelineState::load(found.folder).value_or(PipelineState{});
  return found;
}

}  // namespace baker
