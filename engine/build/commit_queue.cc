#include "engine/build/commit_queue.h"

namespace baker {

CommitQueue::CommitQueue(Store& store) : store_(store), thread_([this] { work(); }) {}

CommitQueue::~CommitQueue() {
  {
    std::lock_guard lock(guard_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CommitQueue::add(Commit commit, std::optional<FileLock> key_lock) {
  {
    std::lock_guard lock(guard_);
    waiting_.push_back({std::move(commit), std::move(key_lock)});
  }
  changed_.notify_all();
}

void CommitQueue::drain() {
  std::unique_lock lock(guard_);
  changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
  if (failure_) throw *failure_;
}

void CommitQueue::work() {
  std::unique_lock lock(guard_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Entry> batch = std::exchange(waiting_, {});
    busy_ = true;
    lock.unlock();
    std::vector<Commit> commits;
    for (const Entry& entry : batch) commits.push_back(entry.commit);
    std::optional<Error> failure;
    try {
      store_.commit(commits);
    } catch (const Error& error) {
      failure = error;
    }
    batch.clear();  // the locks are free only now
    lock.lock();
    busy_ = false;
    if (failure && !failure_) failure_ = failure;
    changed_.notify_all();
  }
}

}  // namespace baker
