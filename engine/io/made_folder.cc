#include "engine/io/made_folder.h"

#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

namespace baker {
namespace {

constexpr const char* kMark = "trusted.baker.made";

// Where the file system knows no attributes the folder is nobody's, and stays.
void make_one(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0) {
    if (errno == EEXIST) return;
    throw system_error("cannot make the folder " + path, path);
  }
  lsetxattr(path.c_str(), kMark, "1", 1, 0);
}

void make_parents(const std::string& path) {
  const std::string parent = parent_path(path);
  if (parent.empty() || parent == path || path_exists(parent)) return;
  make_parents(parent);
  make_one(parent, 0755);
}

}  // namespace

bool make_marked_folder(const std::string& path, uid_t owner, gid_t group, mode_t mode) {
  if (path_exists(path)) return is_marked_folder(path);
  make_parents(path);
  make_one(path, 0700);
  if (chown(path.c_str(), owner, group) != 0 || chmod(path.c_str(), mode) != 0)
    throw system_error("cannot give the folder " + path + " its owner", path);
  return is_marked_folder(path);
}

bool is_marked_folder(const std::string& path) {
  return lgetxattr(path.c_str(), kMark, nullptr, 0) >= 0;
}

void remove_marked_folder(const std::string& path) {
  if (!is_marked_folder(path)) return;
  remove_tree(path);
  for (std::string above = parent_path(path); above.size() > 1; above = parent_path(above))
    if (!is_marked_folder(above) || rmdir(above.c_str()) != 0) break;
}

}  // namespace baker
