#include "tests/support/fault_file_ops.h"

#include "engine/base/error.h"

namespace baker::testing {

void FaultFileOps::note(const std::string& operation) {
  if (left_ == 1) throw Error("a fault made by the test: " + operation);
  if (left_ > 1) --left_;
  done_.push_back(operation);
}

void FaultFileOps::sync_file_system(const std::string& path) {
  note("sync " + path);
  real_->sync_file_system(path);
}

bool FaultFileOps::rename_no_replace(const std::string& from, const std::string& to) {
  note("rename " + from + " " + to);
  return real_->rename_no_replace(from, to);
}

void FaultFileOps::sync_directory(const std::string& path) {
  note("sync-directory " + path);
  real_->sync_directory(path);
}

void FaultFileOps::write_file(const std::string& path, std::string_view content) {
  note("write " + path);
  real_->write_file(path, content);
}

void FaultFileOps::remove_tree(const std::string& path) {
  note("remove " + path);
  real_->remove_tree(path);
}

}  // namespace baker::testing
