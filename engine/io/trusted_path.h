// Who may change what root is about to rely on.
#pragma once

#include <string>
#include <vector>

namespace baker {

enum class Exposure {
  kToItsOwner,  // another user than root, this process's, and the one who called sudo(8)
  kToOthers,    // a group or everyone may write, or a symlink on the way is another user's
};

struct PathExposure {
  Exposure exposure = Exposure::kToOthers;
  std::string how{};  // "/opt/plugins may be written by everyone (mode 777)"
};

// All on the way to what lies at `path`, which may be absent: the thing itself, each folder above
// it but the root, and the symlinks that lead there. None: nobody may. A sticky folder exposes
// nothing that lies in it, and itself only where others have made something there. Throws Error for
// symlinks that lead in a circle.
std::vector<PathExposure> exposures_of(const std::string& path);

}  // namespace baker
