#include "engine/build/key_waiter.h"

#include <poll.h>

namespace baker {
namespace {

Process wait_for_lock(const std::string& file) {
  return Process({.argv = {"flock", file, "true"},
                  .environment = std::nullopt,
                  .directory = "",
                  .descriptors = {}});
}

}  // namespace

KeyWaiter::KeyWaiter(Store& store, std::string key)
    : store_(store), key_(std::move(key)), process_(wait_for_lock(store.key_lock_path(key_))) {}

std::optional<FileLock> KeyWaiter::try_take() {
  pollfd ended{process_.pidfd(), POLLIN, 0};
  if (poll(&ended, 1, 0) != 1) return std::nullopt;
  std::optional<FileLock> lock = store_.try_lock_key(key_);
  if (!lock) process_ = wait_for_lock(store_.key_lock_path(key_));
  return lock;
}

}  // namespace baker
