#include "cache/file_ops.h"

#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>

namespace baker {
namespace {

class RealFileOps final : public FileOps {
 public:
  void sync_file_system(const std::string& path) override { baker::sync_file_system(path); }
  bool rename_no_replace(const std::string& from, const std::string& to) override {
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno == EEXIST) return false;
    throw system_error("cannot move " + from + " to " + to, to);
  }
  void sync_directory(const std::string& path) override { sync_folder(path); }
  void write_file(const std::string& path, std::string_view content) override {
    UniqueFd fd = open_or_throw(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    write_all(fd.get(), content, path);
  }
  void remove_tree(const std::string& path) override { baker::remove_tree(path); }
};

}  // namespace

std::unique_ptr<FileOps> real_file_ops() {
  return std::make_unique<RealFileOps>();
}

}  // namespace baker
