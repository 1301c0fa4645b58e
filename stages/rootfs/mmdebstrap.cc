// { mmdebstrap = "host" | "suite" }: a minimal Debian or Ubuntu root, made from packages.
//
// The same packages, sources and source date epoch give the same tarball, byte by byte. So the
// tarball is pinned, and beside it the packages that it was made of: when it is gone from the
// download store, it is made of those again and has to have the pinned digest.
#include <filesystem>

#include "apt_sources.h"
#include "archive.h"
#include "host_tool.h"
#include "keyrings.h"
#include "mmdebstrap_output.h"
#include "os_release.h"
#include "package_pins.h"
#include "source.h"

namespace baker::rootfs {
namespace {

// Hooks run on the host, with the root that is being made as $1.
constexpr const char* kHoldPackages =
    R"(mkdir -p "$1/etc/apt/preferences.d" && cp "$BAKER_SCRATCH/preferences" "$1/etc/apt/preferences.d/baker")";
// apt leaves out a component that the archive does not have, and goes on without a word. The
// indices that there are tell; wanted are the words of $BAKER_COMPONENTS.
constexpr const char* kCheckComponents = R"(set -e
there=$(APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get indextargets --format '$(COMPONENT)' 'Created-By: Packages')
for component in $BAKER_COMPONENTS; do
  echo "$there" | grep -qx "\(.*/\)\?$component" ||
    { echo "$component" > "$BAKER_SCRATCH/missing-component"; exit 1; }
done)";
// What mmdebstrap has copied from the host or was told for this once is removed again; the keys
// that the root's sources need are left in it.
constexpr const char* kFinish = R"(set -e
rm -f "$1/etc/apt/preferences.d/baker" "$1/etc/resolv.conf" "$1/etc/hostname" \
  "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
while read -r key; do
  [ -e "$1$key" ] || install -D -m 644 "$key" "$1$key"
done < "$BAKER_SCRATCH/named-keyrings"
for key in "$BAKER_SCRATCH"/keyrings-for-root/*; do
  [ ! -e "$key" ] || install -D -m 644 "$key" "$1/etc/apt/trusted.gpg.d/${key##*/}"
done
cp "$1/usr/lib/os-release" "$BAKER_SCRATCH/os-release"
dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Package} ${Version} ${Architecture}\n' > "$BAKER_SCRATCH/packages")";

std::string host_codename() {
  return os_release_field(read_file("/etc/os-release"), "VERSION_CODENAME");
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// An archive that takes connections and then says nothing is given up after a minute or two.
const std::vector<std::string> kOnlyWhileMade = {
    "--aptopt=Acquire::http::Timeout \"20\"", "--aptopt=Acquire::https::Timeout \"20\"",
    "--aptopt=Acquire::Retries \"2\"", "--dpkgopt=force-unsafe-io"};

class Mmdebstrap final : public Source {
 public:
  explicit Mmdebstrap(const Options& options)
      : suite_(options.string("mmdebstrap")),
        include_(options.strings("include")),
        components_(options.has("components") ? options.strings("components")
                                              : std::vector<std::string>{}),
        mirror_(options.has("mirror") ? options.string("mirror") : ""),
        keyring_(options.has("keyring") ? options.path("keyring") : ""),
        variant_(options.has("variant") ? options.string("variant") : "minbase") {
    while (mirror_.ends_with('/')) mirror_.pop_back();
    if (!is_host()) return;
    for (const char* key : {"components", "mirror", "keyring"}) {
      if (!options.has(key) || options.json().at(key).empty()) continue;
      throw StageError(std::string("`") + key +
                       "` means nothing beside `mmdebstrap = \"host\"`, which takes the host's own "
                       "apt sources: name the suite instead");
    }
  }

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
          "); `" + context.command_line("update") + "` pins it as it is now: " + error.what());
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
    const std::vector<std::string> components = components_of(suite);
    const std::vector<std::string> entries =
        is_host() ? host_entries(scratch, suite)
                  : archive_entries(network, context, suite, components);
    if (!is_host()) write_file(scratch + "/named-keyrings", "");
    choose_keyrings(context);

    Command command = {
        .argv = {"mmdebstrap", "--mode=root", "--variant=" + variant_, "--format=tar",
                 "--architectures=" + context.architecture(), "--skip=check/signed-by",
                 "--keyring=" + scratch + "/keyrings", "--include=apt"},
        .env = {{"SOURCE_DATE_EPOCH", std::to_string(context.source_date_epoch())},
                {"TMPDIR", scratch},
                {"BAKER_SCRATCH", scratch}}};
    auto& argv = command.argv;
    argv.insert(argv.end(), kOnlyWhileMade.begin(), kOnlyWhileMade.end());
    if (names_https(entries)) argv.push_back("--include=ca-certificates");
    for (const std::string& package : include_) argv.push_back("--include=" + package);
    for (const std::string& component : components) {
      argv.push_back("--components=" + component);
      command.env["BAKER_COMPONENTS"] += component + " ";
    }
    argv.push_back(std::string("--extract-hook=") + kCheckComponents);
    if (!preferences.empty()) {
      write_file(scratch + "/preferences", preferences);
      argv.push_back(std::string("--setup-hook=") + kHoldPackages);
    }
    argv.push_back(std::string("--customize-hook=") + kFinish);
    argv.insert(argv.end(), {suite, scratch + "/root.tar"});
    argv.insert(argv.end(), entries.begin(), entries.end());
    const CommandResult result = run_tool(network, context, command);
    if (std::filesystem::exists(scratch + "/missing-component")) {
      throw StageError("the archive of " + suite + " has no component \"" +
                       first_line(read_file(scratch + "/missing-component")) +
                       "\": name those that are wanted in `components`");
    }
    if (result.exit_status != 0)
      throw_mmdebstrap_failure({suite, is_known(suite)}, result.exit_status, result.output);
    return {.tarball = scratch + "/root.tar",
            .base = os_release_field(read_file(scratch + "/os-release"), "PRETTY_NAME"),
            .packages = package_pins(read_file(scratch + "/packages"))};
  }

  // mmdebstrap asks Debian's archive for what it does not know.
  bool is_known(const std::string& suite) const {
    return is_host() || !mirror_.empty() || distribution_of(suite) != Distribution::kUnknown;
  }

  std::vector<std::string> components_of(const std::string& suite) const {
    if (is_host()) return {};
    return components_.empty() ? default_components(distribution_of(suite)) : components_;
  }

  // None where there is no `mirror`: mmdebstrap knows the archives of the distributions.
  std::vector<std::string> archive_entries(const Network& network, const Context& context,
                                           const std::string& suite,
                                           const std::vector<std::string>& components) const {
    if (mirror_.empty()) return {};
    MirroredSuite found = suite_on_mirror(network, mirror_, suite, components);
    for (const std::string& pocket : found.missing)
      context.warn("the mirror " + mirror_ + " has no " + pocket +
                   ": the root's apt sources are without it");
    return std::move(found.entries);
  }

  // Files with the entries of the host's sources that are for its own suite.
  static std::vector<std::string> host_entries(const std::string& scratch,
                                               const std::string& suite) {
    const AptSources sources = host_apt_sources("/etc/apt", suite);
    if (sources.files.empty()) {
      throw Unreachable("the apt sources of this host have no entry for its suite, " + suite);
    }
    std::string keyrings;
    for (const std::string& keyring : sources.keyrings) keyrings += keyring + "\n";
    write_file(scratch + "/named-keyrings", keyrings);
    std::filesystem::remove_all(scratch + "/sources");
    std::filesystem::create_directory(scratch + "/sources");
    std::vector<std::string> files;
    for (const auto& [name, content] : sources.files) {
      files.push_back(scratch + "/sources/" + name);
      write_file(files.back(), content);
    }
    return files;
  }

  // A keyring of the source's own is the only one, and the root is given it too: its packages bring
  // no other key that knows this archive.
  void choose_keyrings(const Context& context) const {
    const std::filesystem::path scratch = context.scratch();
    std::filesystem::remove_all(scratch / "keyrings");
    std::filesystem::remove_all(scratch / "keyrings-for-root");
    if (keyring_.empty()) {
      copy_keyrings(trusted_keyrings(context.data_folder()), scratch / "keyrings");
    } else {
      copy_keyrings({keyring_}, scratch / "keyrings");
      copy_keyrings({keyring_}, scratch / "keyrings-for-root");
    }
  }

  std::string suite_;
  std::vector<std::string> include_;
  std::vector<std::string> components_;  // empty: as the distribution has them
  std::string mirror_;                   // empty: the distribution's own archive
  std::string keyring_;                  // empty: the host's and the ones of this stage type
  std::string variant_;
};

}  // namespace

std::unique_ptr<Source> mmdebstrap_source(const Options& options) {
  return std::make_unique<Mmdebstrap>(options);
}

}  // namespace baker::rootfs
