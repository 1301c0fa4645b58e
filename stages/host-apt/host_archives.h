// The package archives that the host's own apt is set up for, asked by that apt itself.
#pragma once

#include <baker/stage.h>

#include <string>
#include <vector>

#include "source_archives.h"

namespace baker {

struct HostArchives {
  std::vector<SourceArchive> archives{};
  std::string complaint{};  // apt's, where an archive did not answer or is not signed as it should
};

// Asks each archive for its release file, by apt, which checks who signed it. Throws StageError.
HostArchives ask_host_archives(const Network& network, const Context& context);

// The addresses of all entries, asked of nobody but the host itself.
std::vector<std::string> host_entry_uris(const Network& network);

// What apt, set up as the host's but for its sources, learns from what these lines lead to. None
// unless it can read all of it. Lists of packages are some megabytes each.
enum class Asked { kReleaseFiles, kPackages };
std::vector<SourceArchive> ask_archives(const Network& network, const Context& context,
                                        const std::vector<std::string>& lines, Asked asked);

}  // namespace baker
