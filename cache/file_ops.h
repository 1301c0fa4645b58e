// The file operations that the store's promises rest on, behind a seam: tests inject faults here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace baker {

// All throw Error.
class FileOps {
 public:
  virtual ~FileOps() = default;
  // Everything written to the file system that holds `path` is on the disk when this returns.
  virtual void sync_file_system(const std::string& path) = 0;
  // Atomic; survives a power cut only after sync_directory. False, and nothing changed, where `to`
  // exists.
  virtual bool rename_no_replace(const std::string& from, const std::string& to) = 0;
  virtual void sync_directory(const std::string& path) = 0;
  // Neither atomic nor synced.
  virtual void write_file(const std::string& path, std::string_view content) = 0;
  // Absence is no error.
  virtual void remove_tree(const std::string& path) = 0;
};

std::unique_ptr<FileOps> real_file_ops();

}  // namespace baker
