#include "engine/remote/find_records.h"

#include "engine/base/error.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace baker {
namespace {

constexpr size_t kConnections = 8;

class Search {
 public:
  Search(const RemoteAccess& access, const std::vector<std::string>& keys,
         const std::vector<std::string>& trusted)
      : access_(access), keys_(keys), trusted_(trusted) {}

  FoundRecords run() {
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < std::min(kConnections, keys_.size()); ++i)
        threads.emplace_back([this] { work(); });
    }
    if (failure_) throw Error(*failure_);
    return std::move(found_);
  }

 private:
  void work() try {
    const std::unique_ptr<RemoteStore> remote = open_remote(access_);
    for (size_t i = next_++; i < keys_.size() && !failed_; i = next_++) look(*remote, keys_[i]);
  } catch (const Error& error) {
    const std::lock_guard lock(guard_);
    if (!failed_.exchange(true)) failure_ = error;
  }

  void look(RemoteStore& remote, const std::string& key) {
    try {
      std::optional<RemoteRecord> record = find_verified(remote, key, trusted_);
      const std::lock_guard lock(guard_);
      if (record) found_.records.emplace(key, *std::move(record));
    } catch (const Refused& refused) {
      const std::lock_guard lock(guard_);
      found_.refused[key] = refused.what();
    }
  }

  const RemoteAccess& access_;
  const std::vector<std::string>& keys_;
  const std::vector<std::string>& trusted_;
  std::mutex guard_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::optional<Error> failure_;
  FoundRecords found_;
};

}  // namespace

FoundRecords find_records(const RemoteAccess& access, const std::vector<std::string>& keys,
                          const std::vector<std::string>& trusted) {
  return Search(access, keys, trusted).run();
}

}  // namespace baker
