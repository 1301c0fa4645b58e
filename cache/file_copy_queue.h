// Files of a stack on their way to a folder, shared out to two threads: one can't keep a disk busy.
#pragma once

#include "cache/file_copy.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/base/error.h"

namespace baker {

class FileCopyQueue {
 public:
  // `copier` outlives the queue.
  explicit FileCopyQueue(FileCopier& copier);
  // Drops what has not been begun, and waits for what has.
  ~FileCopyQueue();
  FileCopyQueue(const FileCopyQueue&) = delete;
  FileCopyQueue& operator=(const FileCopyQueue&) = delete;

  // Blocks while many wait. Does nothing once a copy has failed.
  void add(std::string from, ListingEntry entry, std::string to);
  // To be called once. Returns when all are copied. Throws the first Error.
  void finish();

 private:
  struct Copy {
    std::string from;
    ListingEntry entry;
    std::string to;
  };
  void work();

  FileCopier& copier_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<Copy> waiting_;
  bool closed_ = false;
  std::optional<Error> failure_;
  std::jthread threads_[2];
};

}  // namespace baker
