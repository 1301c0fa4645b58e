// The way that the host's apt takes to its distribution's packages: what mmdebstrap reads through
// it is the same as from the distribution's own archive.
#pragma once

#include <baker/stage.h>

#include <string>
#include <vector>

namespace baker::rootfs {

struct HostSources {
  std::vector<std::string> lines{};       // of apt's sources
  std::vector<std::string> components{};  // that the host reads of its own release
};

// For the host's own release. Tells what of the host's sources is left out. Throws Unreachable
// where an archive does not answer, StageError where it is not signed as it should be, or nothing
// is a server.
HostSources sources_of_host(const Network& network, const Context& context,
                            const std::string& codename);

// For a release that the pipeline names. No lines where the host has no mirror that has it.
HostSources mirrors_of_host(const Network& network, const Context& context,
                            const std::string& codename,
                            const std::vector<std::string>& components);

}  // namespace baker::rootfs
