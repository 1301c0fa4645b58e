#include "engine/bake/commit_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace baker {
namespace {

constexpr size_t kMostUncommitted = 200;  // two descriptors each

}  // namespace

CommitQueue::CommitQueue(Store& store)
    : store_(store), done_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { work(); }) {}

CommitQueue::~CommitQueue() {
  {
    std::lock_guard lock(guard_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CommitQueue::add(Commit commit, std::optional<FileLock> key_lock,
                      std::optional<WorkFolder> folder) {
  {
    std::lock_guard lock(guard_);
    waiting_.push_back({std::move(commit), std::move(key_lock), std::move(folder)});
  }
  changed_.notify_all();
}

void CommitQueue::drain() {
  std::unique_lock lock(guard_);
  changed_.wait(lock, [this] { return waiting_.empty() && in_batch_ == 0; });
  if (failure_) throw *failure_;
}

std::optional<Error> CommitQueue::failure() {
  const std::lock_guard lock(guard_);
  return failure_;
}

bool CommitQueue::is_full() {
  eventfd_t batches = 0;
  eventfd_read(done_.get(), &batches);
  const std::lock_guard lock(guard_);
  return waiting_.size() + in_batch_ >= kMostUncommitted;
}

void CommitQueue::work() {
  std::unique_lock lock(guard_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Entry> batch = std::exchange(waiting_, {});
    in_batch_ = batch.size();
    lock.unlock();
    std::vector<Commit> commits;
    for (const Entry& entry : batch) commits.push_back(entry.commit);
    try {
      store_.commit(commits);
    } catch (const Error& error) {
      const std::lock_guard failing(guard_);
      if (!failure_) failure_ = error;
    }
    batch.clear();  // the locks are free only now
    lock.lock();
    in_batch_ = 0;
    changed_.notify_all();
    eventfd_write(done_.get(), 1);
  }
}

}  // namespace baker
