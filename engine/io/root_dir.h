// A directory taken as the root of a file system. Every path is resolved inside it with openat2 and
// RESOLVE_IN_ROOT: absolute paths, `..` and symlinks lead to places inside, never to the host.
//
// A file, link or directory made under a parent that does not exist makes the parent as an
// *implied* directory: 0755, root, with the xattr kImpliedMark. Where layers are stacked, an
// implied directory takes mode, owner and xattrs from the layers below. Giving a directory
// attributes of its own removes the mark.
//
// All functions throw Error, and none syncs. A kill may leave a name `.baker-new-N` beside a file
// that was being written.
#pragma once

#include "engine/io/unique_fd.h"

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

inline constexpr const char* kImpliedMark = "trusted.baker.implied";

struct Attributes {
  mode_t mode = 0644;  // permission bits, setuid, setgid and sticky among them
  uid_t uid = 0;
  gid_t gid = 0;
};

class RootDir {
 public:
  // Throws Error where `path` is no directory.
  explicit RootDir(const std::string& path);

  const std::string& host_path() const { return path_; }
  int fd() const { return fd_.get(); }  // O_PATH; stays ours

  // Opens an existing name with openat2 flags and RESOLVE_IN_ROOT; nothing where it is absent or
  // where something on the way is no directory. Close on exec is always set.
  std::optional<UniqueFd> open(const std::string& path, int flags) const;
  // The directory that holds the last component of `path`, made (implied) where absent, and that
  // component. A symlink on the way that leads to nothing gets its directory, inside the root.
  // Throws where the path names the root itself or ends in `..`.
  struct Place {
    UniqueFd parent;
    std::string name;
  };
  Place place(const std::string& path);

  std::optional<struct stat> status(const std::string& path) const;  // lstat
  // Nothing where it is absent or no symlink.
  std::optional<std::string> read_link(const std::string& path) const;
  // Follows symlinks; throws where there is not a regular file.
  std::string read_file(const std::string& path) const;
  std::vector<std::string> list(const std::string& path) const;  // sorted; empty where absent

  // Replaces what is there (a directory is an error); the new file appears with one rename.
  void write_file(const std::string& path, std::string_view content, const Attributes& attributes);
  // The same with all of an open file as content, which is streamed; holes stay holes. `source`
  // stays the caller's, and its offset does not matter.
  void write_file_from(const std::string& path, int source, const Attributes& attributes,
                       const std::map<std::string, std::string>& xattrs = {});
  // Another name of a file that is there. Replaces what is there (a directory is an error).
  void make_hard_link(const std::string& path, const std::string& file);
  // Made, or set to these attributes where it exists (also through a symlink).
  void make_directory(const std::string& path, const Attributes& attributes);
  // Replaces what is there (a directory is an error). The target is kept as it is.
  void make_symlink(const std::string& path, const std::string& target);
  // Of a file or directory; follows symlinks, as chmod does. ACLs go: the mode says everything.
  void set_attributes(const std::string& path, const Attributes& attributes);
  void remove(const std::string& path);  // recursive; absence is no error

 private:
  UniqueFd make_folder(const std::string& path, int links_left);
  // `fill` is given the new file, which then takes its place.
  void make_file(const std::string& path, const std::function<void(int)>& fill);

  std::string path_;
  UniqueFd fd_;
};

// Removes the name from the open directory, with all that is below it, be it immutable (chattr) or
// not. Never follows links, and throws Error rather than enter another mount. Absence is no error,
// and somebody else may remove the same tree meanwhile. A kill may leave a part of it.
void remove_tree_at(int parent, const std::string& name);
// The same by host path.
void remove_tree(const std::string& path);
// The same by absolute host paths, in a process that goes on after baker where it takes more than
// 100 ms. So a tree may still be there, and removing it once more does no harm. `held`: open
// descriptors that the process closes when it ends; with any of them, baker does not wait at all.
void remove_trees_in_background(const std::vector<std::string>& paths,
                                const std::vector<UniqueFd>& held = {});

}  // namespace baker
