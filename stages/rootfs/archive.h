// A distribution's package archive, as mmdebstrap is told of it.
#pragma once

#include <baker/stage.h>

#include <filesystem>
#include <string>
#include <vector>

namespace baker::rootfs {

enum class Distribution { kDebian, kUbuntu, kUnknown };

// Whose release a suite is, by the lists of distro-info-data (debian.csv and ubuntu.csv, whose
// third field is the code name). Throws StageError where the lists are not there: without them
// mmdebstrap would ask Debian's archive for a release of Ubuntu.
Distribution distribution_of(const std::string& suite,
                             const std::filesystem::path& lists = "/usr/share/distro-info");

// What an archive of this distribution is read for, where the pipeline does not say.
std::vector<std::string> default_components(Distribution distribution);

// apt's one-line entries for a suite on a mirror, with its updates and security fixes as far as the
// mirror has them; `missing` gets the names of those that it does not have. Throws Unreachable
// where the mirror does not answer, or has no such suite.
std::vector<std::string> entries_on_mirror(const Network& network, const std::string& mirror,
                                           const std::string& suite,
                                           const std::vector<std::string>& components,
                                           std::vector<std::string>& missing);

}  // namespace baker::rootfs
