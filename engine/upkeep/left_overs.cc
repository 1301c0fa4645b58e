#include "engine/upkeep/left_overs.h"

#include "engine/io/files.h"
#include "engine/io/lock.h"
#include "engine/io/root_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace baker {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;  // seconds
constexpr std::int64_t kAbandoned = kDay;    // without a byte more
constexpr std::int64_t kForgotten = 30 * kDay;

void remove_if_abandoned(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
      time(nullptr) - std::max(status.st_mtime, status.st_ctime) > kAbandoned)
    unlink(path.c_str());
}

// Of content on its way in; a download goes on from its part for as long as anybody tries.
void remove_parts_of_downloads(const std::string& downloads) {
  for (const std::string& name : list_directory(downloads))
    if (name.starts_with(".added-")) remove_if_abandoned(downloads + "/" + name);
  for (const std::string& name : list_directory(downloads + "/partial"))
    remove_if_abandoned(downloads + "/partial/" + name);
}

// What was taken out of use as damaged, and nobody has looked at.
void empty_quarantine(const std::string& quarantine) {
  for (const std::string& name : list_directory(quarantine)) {
    const std::string path = quarantine + "/" + name;
    struct stat status;
    if (lstat(path.c_str(), &status) == 0 && time(nullptr) - status.st_ctime > kForgotten)
      remove_tree(path);
  }
}

void remove_locks_of_keys(const Store& store) {
  const std::string folder = store.folder() + "/locks";
  for (const std::string& name : list_directory(folder)) {
    if (!Digest::from_hex(name) || path_exists(store.record_path(name))) continue;
    const std::string path = folder + "/" + name;
    if (FileLock::try_lock(path, FileLock::Mode::kExclusive)) unlink(path.c_str());
  }
}

}  // namespace

std::vector<std::string> remove_left_overs(Store& store) {
  std::vector<std::string> troubles = store.sweep_all();
  remove_parts_of_downloads(store.downloads_folder());
  empty_quarantine(store.folder() + "/quarantine");
  remove_locks_of_keys(store);
  return troubles;
}

}  // namespace baker
