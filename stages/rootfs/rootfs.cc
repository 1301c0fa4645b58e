// `rootfs`: the root that everything else stands on. Each kind of source is a file beside this one.
#include <baker/stage.h>
#include <fmt/core.h>

#include <algorithm>

#include "accounts/accounts.h"
#include "host_tool.h"
#include "oci_manifest.h"
#include "os_release.h"
#include "source.h"
#include "text/text.h"

namespace baker {
namespace {

using rootfs::Found;
using rootfs::Source;

struct NumberedSource {
  std::size_t number;  // in `sources`, from 1: it stands in the lock file
  std::unique_ptr<Source> source;
};

bool has_release(const Options& source, const std::string& release) {
  if (!source.has("releases")) return true;
  const std::vector<std::string> releases = source.strings("releases");
  return release.empty() || releases.empty() ||
         std::find(releases.begin(), releases.end(), release) != releases.end();
}

std::string release_of(const Options& options) {
  return options.has("release") ? options.string("release") : "";
}

// Those that have the release; mistakes in the others are told as well.
std::vector<NumberedSource> sources_of(const Options& options) {
  const std::vector<Options> tables = options.tables("sources");
  if (tables.empty()) throw StageError("`sources` is empty: there is nothing to bake a root from");
  std::vector<NumberedSource> sources;
  for (std::size_t number = 1; number <= tables.size(); ++number) {
    const Options& table = tables[number - 1];
    std::unique_ptr<Source> source = rootfs::make_source(table, number);
    if (has_release(table, release_of(options))) sources.push_back({number, std::move(source)});
  }
  if (!sources.empty()) return sources;
  throw StageError("none of `sources` is for the release \"" + release_of(options) +
                   "\", by their `releases`");
}

const Source& source_with(std::size_t number, const std::vector<NumberedSource>& sources) {
  for (const NumberedSource& each : sources)
    if (each.number == number) return *each.source;
  throw StageError(fmt::format(
      "the pins are of source {}, and `sources` has no such one for this release", number));
}

// The first pin stands for the whole: it tells which source it came from, what it is, and what was
// passed over for it.
Pins with_origin(Found found, std::size_t number, const std::string& note) {
  found.pins.front()["source"] = number;
  found.pins.front()["base"] = found.base;
  if (!note.empty()) found.pins.front()["note"] = note;
  return std::move(found.pins);
}

bool has_origin(const Pin& pin) {
  return pin.contains("source");
}

Pins origin_first(Pins pins) {
  std::stable_partition(pins.begin(), pins.end(), has_origin);
  if (pins.empty() || !has_origin(pins.front())) {
    throw StageError("the pins do not say which of `sources` they came from");
  }
  return pins;
}

std::string numbered(const std::vector<std::string>& reasons) {
  std::string text;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    text += fmt::format("\n  {}. {}", i + 1, reasons[i]);
  }
  return text;
}

void unpack_image(Root& root, const Context& context, const Pin& manifest) {
  const std::string json = rootfs::read_file(context.file_of(manifest));
  for (const std::string& layer : rootfs::read_manifest(json).layers) {
    root.unpack(context.file_of({{"sha256", layer}}), {.oci_layer = true});
  }
}

void check_root(const Root& root, const Pin& origin) {
  if (root.exists("/usr") || root.exists("/bin") || root.exists("/etc")) return;
  throw StageError(origin.at("base").get<std::string>() +
                   " has no root file system: it has neither /usr nor /bin nor /etc");
}

// Where a source is newer or older than it says.
void check_release(const Root& root, const Pin& origin, const std::string& release) {
  if (release.empty() || release == "host") return;
  const std::string path =
      root.exists("/etc/os-release") ? "/etc/os-release" : "/usr/lib/os-release";
  const std::string found =
      root.exists(path) ? rootfs::os_release_field(root.read_file(path), "VERSION_CODENAME") : "";
  if (found == release) return;
  throw StageError(origin.at("base").get<std::string>() + " is not the release \"" + release +
                   "\" that was asked for: its " + path +
                   (found.empty() ? " names no VERSION_CODENAME" : " says \"" + found + "\""));
}

// What belongs to one machine has no place in what all machines stand on. Everybody who has the
// image has its keys.
void forget_where_it_was_made(Root& root) {
  for (const std::string& name : root.list("/etc/ssh"))
    if (name.starts_with("ssh_host_")) root.remove("/etc/ssh/" + name);
  if (root.exists("/etc/machine-id")) root.write_file("/etc/machine-id", "", {.mode = 0444});
  const auto resolv_conf = root.status("/etc/resolv.conf");
  if (resolv_conf && resolv_conf->type == 'f') root.remove("/etc/resolv.conf");
}

// Images come with passwords that everybody can read up, as "root" for root.
void lock_root(Root& root, const Context& context) {
  if (!root.exists("/etc/passwd") || !root.exists("/etc/group")) return;
  Accounts accounts(root, context.source_date_epoch());
  accounts.lock("root");
  accounts.save(root);
  const std::vector<std::string> others = accounts.users_with_password();
  if (others.empty()) return;
  context.warn(
      fmt::format("the base comes with passwords, for {}: whoever knows them gets in; a "
                  "stage of type `user` can lock them",
                  joined(others, ", ")));
}

struct Rootfs : LayerStage {
  Pins resolve(Network& network, const Options& options) override {
    const std::vector<NumberedSource> sources = sources_of(options);
    std::vector<std::string> reasons;
    for (const NumberedSource& each : sources) {
      const std::string name = each.source->name();
      try {
        Found found = each.source->resolve(network, context());
        const std::string note = note_on(found.base, name, reasons);
        context().info("baking on " + found.base + ", from " + name);
        return with_origin(std::move(found), each.number, note);
      } catch (const Unreachable& error) {
        reasons.push_back(name + ": " + error.what());
        if (reasons.size() < sources.size())
          context().warn(reasons.back() + "; trying the next source");
      }
    }
    throw StageError("no source of the base root can be used:" + numbered(reasons) +
                     (options.has("advice") ? "\n" + options.string("advice") : ""));
  }

  void fetch(Network& network, const Options& options, const Pins& unordered) override {
    const Pins pins = origin_first(unordered);
    const auto number = pins.front().at("source").get<std::size_t>();
    source_with(number, sources_of(options)).fetch(network, context(), pins);
  }

  void run(Root& root, const Options& options) override {
    const Pin origin = origin_first(context().pins()).front();
    try {
      unpack(root, origin);
    } catch (const StageError& error) {
      throw StageError(origin.at("base").get<std::string>() + ": " + error.what());
    }
    check_root(root, origin);
    check_release(root, origin, release_of(options));
    forget_where_it_was_made(root);
    lock_root(root, context());
  }

 private:
  void unpack(Root& root, const Pin& origin) const {
    if (origin.at("kind") == "oci-manifest") {
      unpack_image(root, context(), origin);
    } else {
      root.unpack(context().file_of(origin));
    }
  }

  // Told at the end of each run, as long as the pin is in use; empty where the first source
  // answered.
  static std::string note_on(const std::string& base, const std::string& name,
                             const std::vector<std::string>& reasons) {
    if (reasons.empty()) return "";
    std::string note = base + ", from " + name + "; passed over:";
    for (const std::string& reason : reasons)
      note += (&reason == &reasons.front() ? " " : "; ") + reason;
    return note;
  }
};

}  // namespace

BAKER_STAGE(Rootfs)

}  // namespace baker
