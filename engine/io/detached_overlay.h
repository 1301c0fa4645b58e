// Overlays that lie nowhere yet, made where nobody sees what it takes, and attached by one call.
#pragma once

#include "engine/io/unique_fd.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace baker {

struct OverlayParts {
  std::string source;               // what the mount is known by in /proc/mounts
  std::vector<std::string> lowers;  // folders, bottom first
  std::string upper;                // a folder, and beside it, empty at first, `work`
  std::string work;
  // On the host, of what is id 0's in the lowers; the upper folder keeps its owners. 0: none is
  // mapped.
  std::uint32_t first_id = 0;
};

// A mount for each, which ends when its descriptor is closed, unless it was attached. Folders of
// lowers can be renamed in it, and what is written survives what writing to a disk survives.
// Throws Error, also where the overlay would be read-only, which the kernel does not tell.
std::vector<UniqueFd> make_detached_overlays(const std::vector<OverlayParts>& overlays);

// Whether an overlay that writes to this folder lives anywhere on the host, be it in a mount
// namespace that nobody else sees, or unmounted while somebody stood in it. Leaves a line in the
// kernel's log. Throws Error.
bool is_upper_in_use(const std::string& upper);

// The same as copy_of_mount, of what the process has mounted there, however it restricts it: what
// it mounts in it later is not seen in the copy. Throws Error.
UniqueFd copy_of_mount_in(pid_t process, const std::string& point);

// A copy of the mount that `path` lies in, with what lies there as its root, attached nowhere.
// Throws Error.
UniqueFd copy_of_mount(const std::string& path);

// The mount is seen there from now on, over what lies there. Throws Error.
void attach_mount(int mount, const std::string& at);

}  // namespace baker
