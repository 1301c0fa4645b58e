// What a baker that runs stands on, for as long as it runs: a file in running/ that it holds a lock
// of, so that garbage collection takes nothing of it. What has come into the store since the baker
// has begun is left alone, too, and so need not be named.
#pragma once

#include "engine/io/lock.h"
#include "engine/io/unique_fd.h"

#include <cstdint>
#include <mutex>
#include <set>
#include <string>

namespace baker {

class RunningUse {
 public:
  // Throws Error.
  explicit RunningUse(const std::string& store);
  ~RunningUse();
  RunningUse(const RunningUse&) = delete;
  RunningUse& operator=(const RunningUse&) = delete;

  // Looks whether something is there, and if so names it, without a collection between the two.
  // `name` is a key in hex, or a download as its file is called. May be called by several threads.
  // Waits for as long as a collection renames some things.
  template <typename Look>
  auto look(const std::string& name, Look look) {
    const std::lock_guard one_at_a_time(mutex_);
    const FileLock not_collected = FileLock::lock(collect_lock_, FileLock::Mode::kShared);
    auto found = look();
    if (found) add(name);
    return found;
  }

 private:
  void add(const std::string& name);

  std::mutex mutex_;
  std::string collect_lock_;
  std::string path_;
  FileLock lock_;
  UniqueFd file_;
  std::set<std::string> named_;
};

struct RunningUses {
  std::set<std::string> names{};
  std::int64_t since = INT64_MAX;  // seconds since 1970: when the first of them began
};
// Of the bakers that run now. What dead ones have left is removed. Throws Error.
RunningUses running_uses(const std::string& store);

}  // namespace baker
