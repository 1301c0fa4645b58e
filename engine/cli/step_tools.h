// What runs single steps of stages where there is no pipeline to read, only its state.
#pragma once

#include "cache/store.h"
#include "engine/bake/builder.h"
#include "engine/cli/settings.h"
#include "engine/plugin/catalogue.h"

#include <memory>

namespace baker {

class StepTools {
 public:
  // Makes the cache's folders where they are missing. Throws Error.
  explicit StepTools(const Settings& settings);

  const PluginFiles& plugins() const { return catalogue_; }
  Store& store() { return store_; }
  const BuildSettings& build() const { return build_; }

 private:
  Catalogue catalogue_;
  std::unique_ptr<FileOps> files_;
  Store store_;
  BuildSettings build_;
};

}  // namespace baker
