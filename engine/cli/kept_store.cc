#include "engine/cli/kept_store.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/trusted_path.h"

#include <unistd.h>

namespace baker {

void check_kept_store(const Store& store, std::string_view command) {
  if (geteuid() != 0)
    throw Error("only root gets at the layers of a cache. Try: sudo baker " + std::string(command));
  for (const PathExposure& found : exposures_of(store.folder()))
    if (found.exposure == Exposure::kToOthers)
      throw Error(found.how + ", so " + store.folder() +
                  " is no place for what root uses: close it");
  if (!is_directory(store.folder()))
    throw Error("there is no cache at " + store.folder() + " (--cache-dir names another place)");
}

}  // namespace baker
