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

// A suite on a mirror, as apt's one-line entries name it.
struct MirroredSuite {
  std::vector<std::string> entries;
  std::vector<std::string> missing;  // of its updates and security fixes, what the mirror has not
};

// Looks at a mirror. Throws Unreachable where it does not answer, or has no such suite; StageError
// where the suite has no such component.
MirroredSuite suite_on_mirror(const Network& network, const Context& context,
                              const std::string& mirror, const std::string& suite,
                              const std::vector<std::string>& components);

// The values of the field `Components` of a suite's index (Release, or InRelease with a signature
// around it): `main` also where it says updates/main.
std::vector<std::string> components_in(const std::string& release);

}  // namespace baker::rootfs
