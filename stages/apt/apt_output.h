// What apt-get prints, read: the simulation (-s), --print-uris and indextargets. Lines of another
// kind are passed over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace baker::apt {

// One line of a simulation, in apt's order.
struct PlanStep {
  enum class Action { kUnpack, kConfigure, kRemove };
  Action action = Action::kUnpack;
  std::string name{};                   // "libc6", "libc6:i386"
  std::string old_version{};            // empty: not there yet
  std::string version{};                // of kUnpack
  std::string architecture{};           // of kUnpack
  std::vector<std::string> archives{};  // of kUnpack: what the release files call themselves
  bool operator==(const PlanStep&) const = default;
};

struct Plan {
  std::vector<PlanStep> steps{};
  std::vector<std::string> selected{};  // real packages that apt chose for a virtual one or a glob
  std::vector<std::string> now_manual{};  // already there, automatic until now, and asked for
};

// `text`: the output of `apt-get -q=0 -s install`; a quieter one keeps back what was selected.
Plan parse_plan(std::string_view text);

struct PackageUri {
  std::string uri{};
  std::string file{};  // "name_version_architecture.deb", decoded
  std::uint64_t size = 0;
  std::string sha256{};  // empty where the repository has none
  bool operator==(const PackageUri&) const = default;
};

// `text`: the output of `apt-get -qq --print-uris -o Acquire::ForceHash=SHA256 install`.
std::vector<PackageUri> parse_uris(std::string_view text);

// One repository of the root's sources.
struct Repository {
  std::string base{};     // with a slash at its end
  std::string release{};  // as the sources name it
  std::string archive{};  // what its release file calls itself; not there before `apt-get update`
  bool operator==(const Repository&) const = default;
};

// The value of `--format` that parse_repositories() reads.
inline constexpr const char* kRepositoryFormat = "$(REPO_URI)\t$(RELEASE)\t$(SUITE)";

// `text`: the output of `apt-get indextargets --format kRepositoryFormat`. Each one once.
std::vector<Repository> parse_repositories(std::string_view text);

// Percent-encoding as apt applies it to pool paths, and back.
std::string encode_path(std::string_view path);
std::string decode_path(std::string_view path);

// What is worth showing of the output of a failed apt-get: without its progress.
std::string complaint_of(std::string_view output);

}  // namespace baker::apt
