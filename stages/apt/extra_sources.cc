#include "extra_sources.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "host-apt/host_files.h"
#include "host-apt/keyring_form.h"
#include "text/text.h"

namespace baker::apt {
namespace {

constexpr const char* kSources = "/etc/apt/sources.list.d/";
constexpr const char* kKeyrings = "/etc/apt/keyrings/";
constexpr const char* kLocal = "/var/lib/baker-local/";  // in a root that is thrown away

// Of an address, as the name of a file that apt reads.
std::string name_of(const std::string& uri) {
  std::string name;
  for (char c : uri.substr(uri.find("//") == std::string::npos ? 0 : uri.find("//") + 2))
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' ? c : '-';
  while (name.ends_with('-')) name.pop_back();
  return name;
}

// The first has no number.
std::string numbered(const std::string& name, int number) {
  return number == 1 ? name : name + "-" + std::to_string(number);
}

// Where a key lies in the root; apt knows its form by its ending. One archive may be named by
// several stages, and apt wants one file for its key.
std::string written_key(Root& root, const Options& repository) {
  const std::string uri = repository.string("uri");
  const std::string key = host_file(repository.path("key"));
  const std::string ending = keyring_ending(key);
  if (ending.empty())
    throw StageError("the `key` of " + uri +
                     " is no OpenPGP public key, neither armored nor binary");
  for (int number = 1;; ++number) {
    const std::string file = numbered(kKeyrings + name_of(uri), number) + ending;
    if (root.exists(file) && root.read_file(file) != key) continue;
    root.write_file(file, key);
    return file;
  }
}

void add_repository(Root& root, const Options& repository) {
  const std::string uri = repository.string("uri");
  if (!uri.starts_with("http://") && !uri.starts_with("https://"))
    throw StageError(
        "the repository \"" + uri +
        "\" is on no server: name its folder with `folder`, so that its content counts");
  const std::string components = joined(repository.strings("components"), " ");
  const std::string text = "Types: deb\nURIs: " + uri +
                           "\nSuites: " + joined(repository.strings("suites"), " ") +
                           (components.empty() ? "" : "\nComponents: " + components) +
                           "\nSigned-By: " + written_key(root, repository) + "\n";
  for (int number = 1;; ++number) {
    const std::string file = numbered(kSources + name_of(uri), number) + ".sources";
    if (root.exists(file) && root.read_file(file) != text) continue;
    if (!root.exists(file)) root.write_file(file, text);
    return;
  }
}

// Read to its end, for one that is cut off.
std::string request_for(Root& root, const std::string& deb, const std::string& name) {
  const CommandResult read = root.run({.argv = {"sh", "-e", "-c", R"sh(
exec 2>&1
dpkg-deb --fsys-tarfile "$0" > /dev/null
dpkg-deb --show --showformat '${Architecture}\n${Package}:${Architecture}=${Version}' "$0")sh",
                                                deb},
                                       .capture = true,
                                       .check = false});
  if (read.exit_status != 0)
    throw StageError(name + " is no Debian package, or not a whole one:\n" + read.output);
  const std::string architecture = read.output.substr(0, read.output.find('\n'));
  const std::vector<std::string> known =
      lines_of("all\n" + root.run({.argv = {"sh", "-e", "-c",
                                            "dpkg --print-architecture\n"
                                            "dpkg --print-foreign-architectures"},
                                   .capture = true})
                             .output);
  if (!has_word(known, architecture))
    throw StageError(name + " is for " + architecture +
                     ", whose packages the root does not install: architectures = [\"" +
                     architecture + "\"] lets it");
  return read.output.substr(architecture.size() + 1);
}

// A flat repository of one folder; its digests are made here, from what the pipeline declares.
void add_flat_repository(Root& root, const std::string& folder) {
  const CommandResult listed = root.run({.argv = {"sh", "-e", "-c", R"sh(
exec 2>&1
cd "$0"
for deb in *.deb; do
  dpkg-deb --field "$deb"
  echo "Filename: ./$deb"
  echo "Size: $(stat --format %s "$deb")"
  echo "SHA256: $(sha256sum < "$deb" | cut -d ' ' -f 1)"
  echo
done > Packages)sh",
                                                  folder},
                                         .capture = true,
                                         .check = false});
  if (listed.exit_status != 0)
    throw StageError("a folder of packages can't be read:\n" + listed.output);
  const std::string name = std::filesystem::path(folder).filename();
  root.write_file(kSources + std::string("00-baker-") + name + ".list",
                  "deb [trusted=yes] file:" + folder + " ./\n");
}

}  // namespace

void add_lasting_sources(Root& root, const Options& options) {
  if (options.has("architectures"))
    for (const std::string& architecture : options.strings("architectures"))
      root.run({.argv = {"dpkg", "--add-architecture", architecture}});
  if (!options.has("repositories")) return;
  for (const Options& repository : options.tables("repositories"))
    if (repository.has("uri")) add_repository(root, repository);
}

std::vector<std::string> add_passing_sources(Root& root, const Options& options) {
  std::vector<std::string> requests;
  int number = 0;
  if (options.has("repositories"))
    for (const Options& repository : options.tables("repositories")) {
      if (!repository.has("folder")) continue;
      const std::string folder = kLocal + std::string("folder-") + std::to_string(++number);
      root.copy_in(repository.path("folder"), folder);
      add_flat_repository(root, folder);
    }
  if (!options.has("debs") || options.strings("debs").empty()) return requests;
  const std::string folder = kLocal + std::string("debs");
  for (const std::string& deb : options.strings("debs")) {
    const std::string file = folder + "/" + std::to_string(++number) + "-" +
                             std::filesystem::path(deb).filename().string();
    const std::string in_root = file.ends_with(".deb") ? file : file + ".deb";
    root.copy_in(deb, in_root);
    requests.push_back(request_for(root, in_root, std::filesystem::path(deb).filename()));
  }
  add_flat_repository(root, folder);
  return requests;
}

}  // namespace baker::apt
