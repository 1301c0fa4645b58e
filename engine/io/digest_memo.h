// Remembers digests of files by device, inode, size, mtime and ctime, so that an unchanged file is
// not read again. What was not asked for in two months is forgotten. A memo that is lost or can't
// be written costs time, never correctness.
#pragma once

#include "engine/base/digest.h"

#include <map>
#include <string>

struct stat;

namespace baker {

// Which properties of an input count.
enum class InputForm {
  kNormal,     // names, content, whether a file is executable, where links lead
  kPreserved,  // owners, modes, hard links and the xattrs of content as well
};

struct InputDigest {
  std::string hex;
  // Another one after any change to the input, also one that was undone. Empty where the file
  // system's times are too coarse to tell.
  std::string state;

  // Whether nothing has happened to the input between the two looks at it.
  bool is_unchanged_since(const InputDigest& before) const {
    return state.empty() ? hex == before.hex : state == before.state;
  }
};

class DigestMemo {
 public:
  // `path` is where it is kept; an absent or damaged memo is an empty one.
  explicit DigestMemo(std::string path);

  // SHA-256 of a file's content. Waits some milliseconds where the file has changed just now, as
  // another change could bear the same time. Throws Error where it can't be read.
  InputDigest file(const std::string& path);
  // Of a file or a folder with all that is in it. The same for what copy_input makes of it. Throws
  // Error where something in it is neither file, folder nor symlink.
  InputDigest input(const std::string& path, InputForm form = InputForm::kNormal);
  // As input() was when it was first asked for here: a large folder is looked at once in a run.
  InputDigest input_as_seen(const std::string& path, InputForm form = InputForm::kNormal);
  void forget_seen(const std::string& path);
  void forget_all_seen();

  // Of a file's content, with what stat says of it.
  InputDigest content(const std::string& path, const struct stat& status);

  // Whether this boot has seen that the file has this digest, and it has not changed since.
  bool is_verified(const std::string& path, const Digest& digest);
  void set_verified(const std::string& path, const Digest& digest);

  // Keeps what was learned, with one rename and no sync; silently does nothing where that fails.
  // The destructor does not save.
  void save();

 private:
  struct Known {
    std::string hex;
    int used = 0;  // days since 1970: its last use, or up to a week before
  };

  std::string verified_name(const std::string& path) const;
  std::string find(const std::string& name);  // empty: not known
  void set(const std::string& name, const std::string& hex);

  std::string path_;
  std::string boot_;
  int today_;
  std::map<std::string, Known> known_;  // by signature
  std::map<std::string, std::map<InputForm, InputDigest>> seen_;
  bool changed_ = false;
};

}  // namespace baker
