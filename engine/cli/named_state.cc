#include "engine/cli/named_state.h"

#include "engine/base/error.h"
#include "engine/cli/programs.h"
#include "engine/io/files.h"
#include "engine/pipeline/diagnostic.h"
#include "engine/plugin/catalogue.h"

namespace baker {
namespace {

// A name, or the name that a readable pipeline file gives itself.
std::string name_of(const Settings& settings) {
  const std::string& given = settings.pipeline;
  if (given.find('/') == std::string::npos &&
      path_exists(settings.state_dir + "/" + given + "/state"))
    return given;
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

NamedState find_state(const Settings& settings) {
  NamedState found;
  found.name = name_of(settings);
  found.folder = absolute_path(settings.state_dir) + "/" + found.name;
  found.state = PipelineState::load(found.folder).value_or(PipelineState{});
  return found;
}

}  // namespace baker
