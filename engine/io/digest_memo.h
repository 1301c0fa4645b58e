// Remembers digests of files by device, inode, size, mtime and ctime, so that an unchanged file is
// not read again. A memo that is lost or can't be written costs time, never correctness.
#pragma once

#include "engine/base/digest.h"

#include <map>
#include <string>

namespace baker {

class DigestMemo {
 public:
  // `path` is where it is kept; an absent or damaged memo is an empty one.
  explicit DigestMemo(std::string path);

  // SHA-256 of a file's content. Throws Error where it can't be read.
  std::string file(const std::string& path);
  // Of a file and whether it is executable, or of a folder with all that is in it: names, types,
  // modes, link targets, content.
  std::string file_or_folder(const std::string& path);

  // Keeps what was learned; silently does nothing where that is not allowed.
  void save();

 private:
  std::string path_;
  std::map<std::string, std::string> known_;  // signature -> hex
  bool changed_ = false;
};

}  // namespace baker
