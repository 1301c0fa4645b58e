#include "cache/running_use.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace baker {
namespace {

std::string running_folder(const std::string& store) {
  return store + "/running";
}

// Containers that share a store share pids, too: a name that is taken is passed over.
FileLock lock_new_file(const std::string& folder, std::string& path) {
  for (int number = 0;; ++number) {
    path = fmt::format("{}/{}-{}", folder, getpid(), number);
    if (auto lock = FileLock::try_lock(path, FileLock::Mode::kExclusive)) return *std::move(lock);
  }
}

}  // namespace

RunningUse::RunningUse(const std::string& store)
    : collect_lock_(store + "/locks/collect"),
      lock_((make_directories(running_folder(store)), lock_new_file(running_folder(store), path_))),
      file_(open_or_throw(path_, O_WRONLY | O_APPEND | O_TRUNC)) {
  write_all(file_.get(), fmt::format("since {}\n", time(nullptr)), path_);
}

RunningUse::~RunningUse() {
  unlink(path_.c_str());
}

void RunningUse::add(const std::string& name) {
  if (named_.insert(name).second) write_all(file_.get(), "uses " + name + "\n", path_);
}

RunningUses running_uses(const std::string& store) {
  RunningUses found;
  for (const std::string& name : list_directory(running_folder(store))) {
    const std::string path = running_folder(store) + "/" + name;
    if (FileLock::try_lock(path, FileLock::Mode::kExclusive)) {
      unlink(path.c_str());
      continue;
    }
    std::int64_t since = 0;  // of a file that is not written yet: it may use all that there is
    for (const std::string& line : split(read_regular_file(path).value_or(""), '\n')) {
      if (line.starts_with("uses ")) found.names.insert(line.substr(5));
      if (line.starts_with("since "))
        since = static_cast<std::int64_t>(decimal_number(line.substr(6)).value_or(0));
    }
    found.since = std::min(found.since, since);
  }
  return found;
}

}  // namespace baker
