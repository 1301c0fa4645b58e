// The host's own apt sources, as far as they are for one suite.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace baker::rootfs {

struct AptSources {
  std::map<std::string, std::string> files;  // name, as debian.sources, and content
  std::set<std::string> keyrings;            // files that the entries name in Signed-By
};

// The entries below `etc_apt` whose suite is `codename` or begins with it (bookworm-updates).
// Both formats are read; disabled entries, source packages and comments are left out.
AptSources host_apt_sources(const std::filesystem::path& etc_apt, const std::string& codename);

// Whether apt needs certificates for one of these entries, as mmdebstrap takes them: a line, or the
// absolute path of a file.
bool names_https(const std::vector<std::string>& entries);

}  // namespace baker::rootfs
