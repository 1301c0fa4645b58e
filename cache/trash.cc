#include "cache/trash.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/lock.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace baker {
namespace {

constexpr std::size_t kAtATime = 64;  // renames, which take a millisecond

}  // namespace

Trash::Trash(Store& store, FileOps& files)
    : store_(store), files_(files), folder_(store.make_work_folder()) {}

void Trash::take(const std::vector<std::string>& paths, const std::function<void()>& look,
                 const std::function<bool(const std::string& path)>& goes) {
  for (std::size_t first = 0; first < paths.size(); first += kAtATime) {
    const FileLock collecting =
        FileLock::lock(store_.folder() + "/locks/collect", FileLock::Mode::kExclusive);
    look();
    for (std::size_t i = first; i < std::min(first + kAtATime, paths.size()); ++i)
      if (goes(paths[i]) && path_exists(paths[i]))
        files_.rename_no_replace(paths[i], folder_.path() + "/" + std::to_string(taken_++));
  }
}

void Trash::empty() {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < taken_; i = next++)
        files_.remove_tree(folder_.path() + "/" + std::to_string(i));
    } catch (const Error& error) {
      const std::lock_guard lock(mutex);
      failure = error;
    }
  };
  {
    const std::jthread other(work);
    work();
  }
  taken_ = 0;
  if (failure) throw *failure;
}

}  // namespace baker
