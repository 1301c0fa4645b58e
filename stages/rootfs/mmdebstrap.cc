// { mmdebstrap = "host" | "suite" }: a minimal Debian or Ubuntu root, made from packages.
//
// The same packages, sources and source date epoch give the same tarball, byte by byte. So the
// tarball is pinned, and beside it the packages that it was made of: when it is gone from the
// download store, it is made of those again and has to have the pinned digest.
#include <algorithm>
#include <filesystem>

#include "archive.h"
#include "host-apt/way_to_servers.h"
#include "host_sources.h"
#include "host_tool.h"
#include "keyrings.h"
#include "mmdebstrap_output.h"
#include "os_release.h"
#include "package_pins.h"
#include "source.h"
#include "text/text.h"

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
// The root's own sources are the distribution's; while it is made, the host's take their place.
constexpr const char* kTakeTheWayOfTheHost = R"(set -e
mkdir "$BAKER_SCRATCH/own-sources"
mv "$1/etc/apt/sources.list" "$1/etc/apt/sources.list.d" "$BAKER_SCRATCH/own-sources/"
cp "$BAKER_SCRATCH/sources.list" "$1/etc/apt/sources.list"
mkdir "$1/etc/apt/sources.list.d")";
// What mmdebstrap has copied from the host or was told for this once is removed again; the keys
// that a mirror's own signature needs are left in it.
constexpr const char* kFinish = R"(set -e
if [ -e "$BAKER_SCRATCH/own-sources" ]; then
  rm -r "$1/etc/apt/sources.list" "$1/etc/apt/sources.list.d"
  cp -a "$BAKER_SCRATCH/own-sources/." "$1/etc/apt/"
fi
if [ -e "$1/etc/apt/preferences.d/baker" ]; then
  touch -r "$1/etc/apt/preferences.d" "$BAKER_SCRATCH/time-of-the-folder"
  rm "$1/etc/apt/preferences.d/baker"
  touch -r "$BAKER_SCRATCH/time-of-the-folder" "$1/etc/apt/preferences.d"
fi
rm -f "$1/etc/resolv.conf" "$1/etc/hostname" \
  "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
for key in "$BAKER_SCRATCH"/keyrings-for-root/*; do
  [ ! -e "$key" ] || install -D -m 644 "$key" "$1/etc/apt/trusted.gpg.d/${key##*/}"
done
cp "$1/usr/lib/os-release" "$BAKER_SCRATCH/os-release"
dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Package} ${Version} ${Architecture}\n' > "$BAKER_SCRATCH/packages")";

std::string host_codename() {
  return os_release_field(read_file("/etc/os-release"), "VERSION_CODENAME");
}

bool names_https(const std::vector<std::string>& entries) {
  return std::ranges::any_of(entries, [](const std::string& entry) {
    return entry.find("https://") != std::string::npos;
  });
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
    const Sources sources = sources_for(network, context, suite);
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
    argv.push_back("--aptopt=" + written_way(network, scratch));
    if (is_host() || names_https(sources.mirror)) argv.push_back("--include=ca-certificates");
    for (const std::string& package : include_) argv.push_back("--include=" + package);
    for (const std::string& component : sources.components) {
      argv.push_back("--components=" + component);
      command.env["BAKER_COMPONENTS"] += component + " ";
    }
    if (!sources.of_host.lines.empty()) {
      write_file(scratch + "/sources.list", joined(sources.of_host.lines, "\n") + "\n");
      std::filesystem::remove_all(scratch + "/own-sources");
      argv.push_back(std::string("--setup-hook=") + kTakeTheWayOfTheHost);
    }
    argv.push_back(std::string("--extract-hook=") + kCheckComponents);
    if (!preferences.empty()) {
      write_file(scratch + "/preferences", preferences);
      argv.push_back(std::string("--setup-hook=") + kHoldPackages);
    }
    argv.push_back(std::string("--customize-hook=") + kFinish);
    argv.insert(argv.end(), {suite, scratch + "/root.tar"});
    argv.insert(argv.end(), sources.mirror.begin(), sources.mirror.end());
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

  struct Sources {
    std::vector<std::string> components{};
    std::vector<std::string> mirror{};  // entries of the `mirror`, which the root keeps
    HostSources of_host{};              // the host's way to the distribution's archive
  };

  // mmdebstrap knows the archives of the distributions, and writes them into the root.
  Sources sources_for(const Network& network, const Context& context,
                      const std::string& suite) const {
    if (is_host()) {
      HostSources of_host = sources_of_host(network, context, suite);
      return {.components = of_host.components, .of_host = std::move(of_host)};
    }
    const std::vector<std::string> components =
        components_.empty() ? default_components(distribution_of(suite)) : components_;
    if (!mirror_.empty())
      return {.components = components,
              .mirror = mirror_entries(network, context, suite, components)};
    return {.components = components,
            .of_host = mirrors_of_host(network, context, suite, components)};
  }

  std::vector<std::string> mirror_entries(const Network& network, const Context& context,
                                          const std::string& suite,
                                          const std::vector<std::string>& components) const {
    MirroredSuite found = suite_on_mirror(network, context, mirror_, suite, components);
    for (const std::string& pocket : found.missing)
      context.warn("the mirror " + mirror_ + " has no " + pocket +
                   ": the root's apt sources are without it");
    return std::move(found.entries);
  }

  // A file of settings for apt, which mmdebstrap removes from the root with its others.
  static std::string written_way(const Network& network, const std::string& scratch) {
    std::string text =
        "Dir::Etc::netrc \"/etc/apt/auth.conf\";\nDir::Etc::netrcparts "
        "\"/etc/apt/auth.conf.d\";\n";
    for (const std::string& setting : way_to_servers(network).settings) text += setting + "\n";
    write_file(scratch + "/way.conf", text);
    return scratch + "/way.conf";
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
