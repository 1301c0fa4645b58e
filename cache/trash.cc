#include "cache/trash.h"

#include "engine/io/files.h"
#include "engine/io/lock.h"

#include <algorithm>

namespace baker {
namespace {

constexpr std::size_t kAtATime = 64;  // renames, which take a millisecond

}  // namespace

Trash::Trash(Store& store, FileOps& files)
    : store_(store), files_(files), folder_(store.make_work_folder()) {}

std::vector<std::string> Trash::take(
    const std::vector<std::string>& paths,
    const std::function<bool(const std::string& path)>& is_wanted) {
  std::vector<std::string> taken;
  for (std::size_t first = 0; first < paths.size(); first += kAtATime) {
    const FileLock collecting =
        FileLock::lock(store_.folder() + "/locks/collect", FileLock::Mode::kExclusive);
    for (std::size_t i = first; i < std::min(first + kAtATime, paths.size()); ++i) {
      if (!is_wanted(paths[i]) || !path_exists(paths[i])) continue;
      if (!files_.rename_no_replace(paths[i], folder_.path() + "/" + std::to_string(taken_++)))
        continue;
      taken.push_back(paths[i]);
    }
  }
  return taken;
}

void Trash::empty() {
  for (; taken_ > 0; --taken_)
    files_.remove_tree(folder_.path() + "/" + std::to_string(taken_ - 1));
}

}  // namespace baker
