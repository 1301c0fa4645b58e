// The package archives that the host's own apt is set up for: where they are for this host, and
// which of them are its distribution's.
#pragma once

#include <baker/stage.h>

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
};
ReleaseNames release_names(std::string_view release_file);

struct HostArchive {
  std::string uri{};      // as the host has it: of a mirror, or a list of them (mirror+file:)
  std::string release{};  // as the host has it, which may be an alias (stable)
  std::vector<std::string> components{};
  std::string where{};   // file and number of the entry
  ReleaseNames names{};  // empty where the archive did not answer
  SourceEntry entry{};
};

struct HostArchives {
  std::vector<HostArchive> archives{};  // one for each entry and suite
  std::string complaint{};  // apt's, where an archive did not answer or is not signed as it should
};

// Asks each archive for its release file, by apt, which checks who signed it. Throws StageError.
HostArchives ask_host_archives(const Network& network, const Context& context);

// The addresses of all entries, asked of nobody but the host itself.
std::vector<std::string> host_entry_uris(const Network& network);

// Whether apt, set up as the host's but for its sources, can read the release files of these lines.
bool answer_all(const Network& network, const Context& context,
                const std::vector<std::string>& lines);

// "Debian", "Ubuntu", or empty: somebody else's packages.
std::string distribution_of(const ReleaseNames& names);
// Whether a suite is a release itself, its updates or security fixes.
bool is_pocket_of(const std::string& suite, const std::string& codename);
// Whether an archive is one of a release of its distribution: itself, its updates or security
// fixes.
bool is_of_release(const ReleaseNames& names, const std::string& codename);

// An address as it may be told and kept: it can hold a user's name and password.
std::string without_password(const std::string& uri);

// A line of apt's sources, as the host has it.
std::string entry_line(const HostArchive& archive);

// Lines for a release, its updates and security fixes, through the mirrors that the host has for
// the distribution. None where it has none.
std::vector<std::string> lines_for_release(const std::vector<HostArchive>& archives,
                                           const std::string& distribution,
                                           const std::string& codename,
                                           const std::vector<std::string>& components);

}  // namespace baker
