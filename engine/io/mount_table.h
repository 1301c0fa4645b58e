// What is mounted, as this process's mount namespace has it: /proc/self/mountinfo, proc(5).
#pragma once

#include "engine/io/unique_fd.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

struct Mount {
  std::string device;      // of the file system: "MAJOR:MINOR"
  std::string root;        // what it shows, in that file system
  std::string point;       // as this process sees it
  std::string type;        // of the file system
  std::string source;      // what the mount was given as its device
  bool is_shared = false;  // with other mount namespaces: what is unmounted here is so there
};

// In the order in which they lie over one another: the last at a point is what one sees there.
std::vector<Mount> parse_mounts(std::string_view mountinfo);

// Read again only once something was mounted or unmounted, which the kernel tells.
class MountTable {
 public:
  // Null where nothing is mounted at the path, which must be free of symlinks. Good until the next
  // call. Throws Error.
  const Mount* at(const std::string& point);
  // The mount that the path, free of symlinks, lies in; null where that is the root of a chroot,
  // which is no mount.
  const Mount* around(const std::string& path);
  bool has_any_below(const std::string& folder);

  // Has the table read again, whatever the kernel tells.
  void forget() { file_.reset(); }
  // What this process itself has just mounted or unmounted, so that the table, which grows with the
  // number of mounts, is not read again for it.
  void note_mounted(Mount mount);
  void note_unmounted(const std::string& point);

 private:
  void read();
  bool has_changed();

  UniqueFd file_;
  std::map<std::string, Mount, std::less<>> mounts_;  // by point, the topmost
};

}  // namespace baker
