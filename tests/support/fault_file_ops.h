// The store's file operations with a fault in them: the real ones are done and written down, up to
// the one that is to fail. From then on nothing works any more, as after a crash.
#pragma once

#include "cache/file_ops.h"

#include <memory>
#include <string>
#include <vector>

namespace baker::testing {

class FaultFileOps final : public FileOps {
 public:
  // What was done: "rename FROM TO", "sync PATH", "sync-directory PATH", "write PATH", "remove
  // PATH".
  const std::vector<std::string>& done() const { return done_; }
  void forget() { done_.clear(); }

  // The n-th operation from now (1 is the next) fails and so does every later one; 0: none.
  void fail_at(size_t operation) { left_ = operation; }

  void sync_file_system(const std::string& path) override;
  bool rename_no_replace(const std::string& from, const std::string& to) override;
  void sync_directory(const std::string& path) override;
  void write_file(const std::string& path, std::string_view content) override;
  void remove_tree(const std::string& path) override;

 private:
  void note(const std::string& operation);

  std::unique_ptr<FileOps> real_ = real_file_ops();
  std::vector<std::string> done_;
  size_t left_ = 0;
};

}  // namespace baker::testing
