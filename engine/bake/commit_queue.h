// Brings finished layers into the store behind the builder's back: while one batch is being synced,
// stages go on, and all that finish meanwhile share the next sync.
#pragma once

#include "cache/store.h"
#include "engine/base/error.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace baker {

class CommitQueue {
 public:
  explicit CommitQueue(Store& store);  // which outlives it
  ~CommitQueue();                      // waits until what was added is committed, or has failed

  // Does not wait. `key_lock` and `folder`, which holds the layer, are held until the commit is
  // done, well or badly.
  void add(Commit commit, std::optional<FileLock> key_lock, std::optional<WorkFolder> folder);
  // Waits until everything added is in the store and on the disk, or has failed; throws the first
  // failure, at each call.
  void drain();
  // The first so far. A layer that did not come into the store is gone only after that is known.
  std::optional<Error> failure();
  // Whether so much waits that nothing more should be begun. Then fd() becomes readable when a
  // batch is done; is_full() makes it unreadable again.
  bool is_full();
  int fd() const { return done_.get(); }

 private:
  struct Entry {
    Commit commit;
    std::optional<FileLock> key_lock;
    std::optional<WorkFolder> folder;
  };
  void work();

  Store& store_;
  std::mutex guard_;
  std::condition_variable changed_;
  UniqueFd done_;  // eventfd
  std::vector<Entry> waiting_;
  size_t in_batch_ = 0;
  bool closing_ = false;
  std::optional<Error> failure_;
  std::thread thread_;
};

}  // namespace baker
