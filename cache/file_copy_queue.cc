#include "cache/file_copy_queue.h"

namespace baker {
namespace {

constexpr size_t kMostWaiting = 256;

}  // namespace

FileCopyQueue::FileCopyQueue(FileCopier& copier) : copier_(copier) {
  for (std::jthread& thread : threads_) thread = std::jthread([this] { work(); });
}

FileCopyQueue::~FileCopyQueue() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_.clear();
  changed_.notify_all();
}

void FileCopyQueue::add(std::string from, ListingEntry entry, std::string to) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kMostWaiting || failure_; });
  if (failure_) return;
  waiting_.push_back({std::move(from), std::move(entry), std::move(to)});
  changed_.notify_all();
}

void FileCopyQueue::finish() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  for (std::jthread& thread : threads_) thread.join();
  if (failure_) throw *failure_;
}

void FileCopyQueue::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty() || closed_; });
    if (waiting_.empty()) return;
    const Copy copy = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    lock.unlock();
    try {
      copier_.copy(copy.from, copy.entry, copy.to);
    } catch (const Error& error) {
      const std::lock_guard again(mutex_);
      if (!failure_) failure_ = error;
      waiting_.clear();
      changed_.notify_all();
    }
  }
}

}  // namespace baker
