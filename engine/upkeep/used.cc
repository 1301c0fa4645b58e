#include "engine/upkeep/used.h"

#include "cache/machine_layers.h"
#include "cache/running_use.h"
#include "cache/store_uses.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/machines/tree_identity.h"
#include "engine/pipeline/lock_file.h"
#include "engine/plan/pipeline_state.h"

#include <fmt/core.h>
#include <sys/stat.h>

namespace baker {
namespace {

// The folder of states is the one that the pipeline had its state in, and that is gone.
bool is_gone(const StoreUse& use) {
  return !path_exists(use.state) && !use.states.empty() &&
         tree_identity(parent_path(use.state)) == use.states;
}

void add_pins(Used& used, const std::string& lock_file) {
  try {
    for (const PinSetPointer& set : LockFile::load(lock_file).sets())
      for (const std::string& download : pinned_downloads(set)) used.downloads.insert(download);
  } catch (const Error&) {
    // Its pipeline can't be run with it either.
  }
}

std::string stamp_of(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return "-";
  return fmt::format("{}.{}:{}", status.st_ctim.tv_sec, status.st_ctim.tv_nsec, status.st_size);
}

}  // namespace

// A baker that ends tells what it used before it ceases to run, so those that run are asked first.
Used used_of(const Store& store) {
  Used used;
  RunningUses running = running_uses(store.folder());
  used.running = std::move(running.names);
  used.since = running.since;

  const StoreUses uses = uses_of_store(store.folder());
  if (!uses.damaged.empty())
    throw Error("what pipelines use is not known, as " + join(uses.damaged, ", ") +
                " is damaged: remove it, and then run each pipeline once that uses this cache");
  for (const StoreUse& use : uses.uses) {
    if (is_gone(use)) {
      forget_use(store.folder(), use.state);
      continue;
    }
    used.keys.insert(use.keys.begin(), use.keys.end());
    add_pins(used, use.lock_file);
  }
  used.layers = layers_of_machines(store.folder());
  return used;
}

std::string state_of_use(const Store& store) {
  std::string state;
  for (const char* folder : {"/uses", "/machines", "/running"})
    state += stamp_of(store.folder() + folder) + " ";
  for (const std::string& name : list_directory(store.folder() + "/running"))
    state += name + stamp_of(store.folder() + "/running/" + name) + " ";
  return state;
}

}  // namespace baker
