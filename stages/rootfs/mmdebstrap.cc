// { mmdebstrap = "host" | "suite" }: a minimal Debian or Ubuntu root, made from packages.
//
// The same packages, sources and source date epoch give the same tarball, byte by byte. So the
// tarball is pinned, and beside it the packages that it was made of: when it is gone from the
// download store, it is made of those again and has to have the pinned digest.
#include <filesystem>
#include <map>
#include <sstream>

#include "apt_sources.h"
#include "host_tool.h"
#include "package_pins.h"
#include "source.h"

namespace baker::rootfs {
namespace {

// Hooks run on the host, with the root that is being made as $1.
constexpr const char* kHoldPackages =
    R"(mkdir -p "$1/etc/apt/preferences.d" && cp "$BAKER_SCRATCH/preferences" "$1/etc/apt/preferences.d/baker")";
// What mmdebstrap takes from the host goes; keys that the host's sources name come along.
constexpr const char* kFinish = R"(set -e
rm -f "$1/etc/apt/preferences.d/baker" "$1/etc/resolv.conf" "$1/etc/hostname"
while read -r key; do
  [ -e "$1$key" ] || install -D -m 644 "$key" "$1$key"
done < "$BAKER_SCRATCH/keyrings"
cp "$1/usr/lib/os-release" "$BAKER_SCRATCH/os-release"
dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Package} ${Version} ${Architecture}\n' > "$BAKER_SCRATCH/packages")";

std::map<std::string, std::string> os_release(const std::string& text) {
  std::map<std::string, std::string> fields;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    std::string value = line.substr(equals + 1);
    if (value.size() >= 2 && value.front() == value.back() &&
        (value[0] == '"' || value[0] == '\'')) {
      value = value.substr(1, value.size() - 2);
    }
    fields[line.substr(0, equals)] = value;
  }
  return fields;
}

std::string host_codename() {
  return os_release(read_file("/etc/os-release"))["VERSION_CODENAME"];
}

// What a failure of mmdebstrap means. A key that this host does not have is no bad signature:
// nothing was vouched for falsely, the source just can't be used here.
[[noreturn]] void throw_failure(const std::string& suite, const CommandResult& result) {
  const std::string& output = result.output;
  if (mentions_any(output, {"BADSIG", "EXPKEYSIG", "REVKEYSIG", "Hash Sum mismatch",
                            "File has unexpected size"})) {
    throw StageError("the archive of " + suite + " fails its verification: " +
                     telling_line(output, {"BADSIG", "EXPKEYSIG", "REVKEYSIG", "Hash Sum mismatch",
                                           "unexpected size"}));
  }
  if (const std::size_t key = output.find("NO_PUBKEY"); key != std::string::npos) {
    throw Unreachable("this host lacks the key that the archive of " + suite + " is signed with (" +
                      output.substr(key, output.find('\n', key) - key) +
                      "): install the keyring package of its distribution");
  }
  if (mentions_any(output, {"Failed to fetch", "does not have a Release file"})) {
    throw Unreachable(telling_line(output, {"Failed to fetch", "does not have a Release file"}));
  }
  throw StageError("mmdebstrap ended with exit status " + std::to_string(result.exit_status) +
                   "; its last lines:" + last_lines(output, 20));
}

class Mmdebstrap final : public Source {
 public:
  explicit Mmdebstrap(const Options& options)
      : suite_(options.string("mmdebstrap")), include_(options.strings("include")) {}

  std::string name() const override {
    return is_host() ? "the host's own distribution" : "mmdebstrap's " + suite_;
  }

  Found resolve(const Network& network, const Context& context) const override {
    const std::string suite = is_host() ? host_codename() : suite_;
    if (suite.empty()) {
      throw Unreachable(
          "/etc/os-release of this host has no VERSION_CODENAME, so its suite is not known");
    }
    const Made made = make(network, context, suite, {});
    Pins pins = {{{"kind", "mmdebstrap"},
                  {"suite", suite},
                  {"sha256", network.add_to_downloads(made.tarball)}}};
    pins.insert(pins.end(), made.packages.begin(), made.packages.end());
    return {.base = made.base, .pins = std::move(pins)};
  }

  void fetch(const Network& network, const Context& context, const Pins& pins) const override {
    const Made made =
        make(network, context, pins.front().at("suite").get<std::string>(), preferences_for(pins));
    try {
      network.add_to_downloads(made.tarball, pins.front().at("sha256").get<std::string>());
    } catch (const StageError& error) {
      const std::string changed = differences(pins, made.packages);
      throw StageError(
          "the base root was made again from its pinned packages and came out different (" +
          (changed.empty() ? "the packages are the same: the apt sources or the tools are not"
                           : changed) +
          "); " + update_command(context) + " pins it as it is now: " + error.what());
    }
  }

 private:
  struct Made {
    std::string tarball;
    std::string base;
    Pins packages;
  };

  bool is_host() const { return suite_ == "host"; }

  Made make(const Network& network, const Context& context, const std::string& suite,
            const std::string& preferences) const {
    const std::string& scratch = context.scratch();
    Command command = {.argv = {"mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar",
                                "--architectures=" + context.architecture()},
                       .env = {{"SOURCE_DATE_EPOCH", std::to_string(context.source_date_epoch())},
                               {"TMPDIR", scratch},
                               {"BAKER_SCRATCH", scratch}}};
    auto& argv = command.argv;
    for (const std::string& package : include_) argv.push_back("--include=" + package);
    if (!preferences.empty()) {
      write_file(scratch + "/preferences", preferences);
      argv.push_back(std::string("--setup-hook=") + kHoldPackages);
    }
    argv.push_back(std::string("--customize-hook=") + kFinish);
    argv.insert(argv.end(), {suite, scratch + "/root.tar"});
    for (std::string& mirror : mirrors(scratch, suite)) argv.push_back(std::move(mirror));
    const CommandResult result = run_tool(network, context, command);
    if (result.exit_status != 0) throw_failure(suite, result);
    return {.tarball = scratch + "/root.tar",
            .base = os_release(read_file(scratch + "/os-release"))["PRETTY_NAME"],
            .packages = package_pins(read_file(scratch + "/packages"))};
  }

  // The host's sources where the suite is the host's; else none: mmdebstrap knows the archive.
  static std::vector<std::string> mirrors(const std::string& scratch, const std::string& suite) {
    AptSources sources;
    if (suite == host_codename()) {
      sources = host_apt_sources("/etc/apt", suite);
      if (sources.files.empty()) {
        throw Unreachable("the apt sources of this host have no entry for its suite, " + suite);
      }
    }
    std::string keyrings;
    for (const std::string& keyring : sources.keyrings) keyrings += keyring + "\n";
    write_file(scratch + "/keyrings", keyrings);
    std::filesystem::remove_all(scratch + "/sources");
    std::filesystem::create_directory(scratch + "/sources");
    std::vector<std::string> files;
    for (const auto& [name, content] : sources.files) {
      files.push_back(scratch + "/sources/" + name);
      write_file(files.back(), content);
    }
    return files;
  }

  std::string suite_;
  std::vector<std::string> include_;
};

}  // namespace

std::unique_ptr<Source> mmdebstrap_source(const Options& options) {
  return std::make_unique<Mmdebstrap>(options);
}

}  // namespace baker::rootfs
