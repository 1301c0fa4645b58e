// The package archives that apt's sources name, of a host or of a root, and what their release
// files say of them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "source_entry.h"

namespace baker {

// What the fields of the same name in a release file say; Debian's wiki, RepositoryFormat.
struct ReleaseNames {
  std::string origin{};
  std::string suite{};
  std::string codename{};
  std::vector<std::string> components{};
};
ReleaseNames release_names(std::string_view release_file);

struct SourceArchive {
  std::string uri{};      // as the entry has it: of a mirror, or a list of them (mirror+file:)
  std::string release{};  // as the entry has it, which may be an alias (stable)
  std::vector<std::string> components{};
  std::string where{};   // file and number of the entry
  ReleaseNames names{};  // empty where the archive was not asked, or did not answer
  SourceEntry entry{};
};

// The content of a file that apt names; empty where there is none.
using ReadFile = std::function<std::string(const std::string& path)>;

// `targets`: what `apt-get indextargets --no-release-info --format kTargetFormat
// "Created-By: Packages"` prints. One for each entry and suite.
extern const char* const kTargetFormat;
std::vector<SourceArchive> source_archives(const std::string& targets, const ReadFile& read);

// "Debian", "Ubuntu", or empty: somebody else's packages.
std::string distribution_of(const ReleaseNames& names);
// Whether a suite is a release itself, its updates or security fixes.
bool is_pocket_of(const std::string& suite, const std::string& codename);
// Whether an archive is one of a release of its distribution: itself, its updates or security
// fixes.
bool is_of_release(const ReleaseNames& names, const std::string& codename);
// Whether an archive has the security fixes of a release.
bool is_security(const ReleaseNames& names);

// An address as it may be told and kept: it can hold a user's name and password.
std::string without_password(const std::string& uri);

// A line of apt's sources, with all that its entry says.
std::string entry_line(const SourceArchive& archive);

// Lines for a release, its updates and security fixes, through the mirrors that there are for the
// distribution. None where there is none.
std::vector<std::string> lines_for_release(const std::vector<SourceArchive>& archives,
                                           const std::string& distribution,
                                           const std::string& codename,
                                           const std::vector<std::string>& components);

}  // namespace baker
