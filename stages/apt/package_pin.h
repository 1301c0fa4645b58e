// What the lock file remembers of one package: which file, where in a repository, and what apt
// wants done before and after it. Never an address: that is looked up in the root's own sources.
#pragma once

#include <baker/stage.h>

#include <cstdint>
#include <string>
#include <vector>

namespace baker::apt {

enum class Mark {
  kLeave,   // as dpkg and apt have it
  kAuto,    // came only because something else needs it
  kManual,  // asked for, but apt has it as automatic
};

struct PackagePin {
  std::string name{};  // "libc6", or "libc6:i386" where the architecture is not the root's own
  std::string version{};
  std::string architecture{};
  // Of the .deb; empty where nothing is unpacked: a removal, or a package that is only marked.
  std::string sha256{};
  std::uint64_t size = 0;
  std::string suite{};  // as the sources name it: "bookworm-security"
  std::string path{};   // below the repository's base, not percent-encoded
  // What has to be configured before this one is unpacked or removed (Pre-Depends).
  std::vector<std::string> after{};
  Mark mark = Mark::kLeave;
  bool remove = false;

  bool has_file() const { return !sha256.empty(); }
  // "name_version_architecture.deb"
  std::string file_name() const;
  bool operator==(const PackagePin&) const = default;
};

Pin to_pin(const PackagePin& package);
PackagePin to_package(const Pin& pin);
std::vector<PackagePin> to_packages(const Pins& pins);

}  // namespace baker::apt
