#include "engine/cli/step_tools.h"

#include "engine/cli/programs.h"
#include "engine/io/files.h"

namespace baker {

StepTools::StepTools(const Settings& settings)
    : catalogue_(plugin_folders(settings.plugin_dirs)),
      files_(real_file_ops()),
      store_(absolute_path(settings.cache_dir), *files_) {
  store_.prepare();
  build_.runner_program = own_program("baker-stage-runner");
}

}  // namespace baker
