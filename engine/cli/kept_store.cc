#include "engine/cli/kept_store.h"

#include "engine/base/error.h"
#include "engine/cli/preflight.h"
#include "engine/io/files.h"

#include <unistd.h>

namespace baker {

void check_kept_store(const Store& store, std::string_view command) {
  if (geteuid() != 0)
    throw Error("only root gets at the layers of a cache. Try: sudo baker " + std::string(command));
  if (const std::string trouble = exposed(store.folder(), "--cache-dir"); !trouble.empty())
    throw Error(trouble);
  if (!is_directory(store.folder()))
    throw Error("there is no cache at " + store.folder() + " (--cache-dir names another place)");
}

}  // namespace baker
