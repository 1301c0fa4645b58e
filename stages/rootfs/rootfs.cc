// `rootfs`: the root that everything else stands on. Each kind of source is a file beside this one.
#include <baker/stage.h>

#include <algorithm>

#include "host_tool.h"
#include "oci_manifest.h"
#include "source.h"

namespace baker {
namespace {

using rootfs::Found;
using rootfs::Source;

using Sources = std::vector<std::unique_ptr<Source>>;

Sources all_sources(const Options& options) {
  Sources sources;
  for (const Options& source : options.tables("sources")) {
    sources.push_back(rootfs::make_source(source, sources.size() + 1));
  }
  if (sources.empty()) throw StageError("`sources` is empty: there is nothing to bake a root from");
  return sources;
}

// The pin that stands for the whole: it tells which source it came from, and what it is.
Pins with_origin(Found found, std::size_t position) {
  found.pins.front()["source"] = position;
  found.pins.front()["base"] = found.base;
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
    text += "\n  " + std::to_string(i + 1) + ". " + reasons[i];
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
                   " holds no root file system: it has neither /usr nor /bin nor /etc");
}

// What belongs to one machine has no place in what all machines stand on.
void forget_where_it_was_made(Root& root) {
  if (root.exists("/etc/machine-id")) root.write_file("/etc/machine-id", "", {.mode = 0444});
  const auto resolv_conf = root.status("/etc/resolv.conf");
  if (resolv_conf && resolv_conf->type == 'f') root.remove("/etc/resolv.conf");
}

struct Rootfs : LayerStage {
  Pins resolve(Network& network, const Options& options) override {
    const Sources sources = all_sources(options);
    std::vector<std::string> reasons;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::string name = sources[i]->name();
      try {
        Found found = sources[i]->resolve(network, context());
        announce(found.base, name, i);
        return with_origin(std::move(found), i + 1);
      } catch (const Unreachable& error) {
        reasons.push_back(name + ": " + error.what());
        if (i + 1 < sources.size()) context().warn(reasons.back() + "; trying the next source");
      }
    }
    throw StageError("no source of the base root can be used:" + numbered(reasons));
  }

  void fetch(Network& network, const Options& options, const Pins& unordered) override {
    const Pins pins = origin_first(unordered);
    const Sources sources = all_sources(options);
    sources.at(pins.front().at("source").get<std::size_t>() - 1)->fetch(network, context(), pins);
  }

  void run(Root& root, const Options&) override {
    const Pin origin = origin_first(context().pins()).front();
    try {
      unpack(root, origin);
    } catch (const StageError& error) {
      throw StageError(origin.at("base").get<std::string>() + ": " + error.what());
    }
    check_root(root, origin);
    forget_where_it_was_made(root);
  }

 private:
  void unpack(Root& root, const Pin& origin) const {
    if (origin.at("kind") == "oci-manifest") {
      unpack_image(root, context(), origin);
    } else {
      root.unpack(context().file_of(origin));
    }
  }

  void announce(const std::string& base, const std::string& source, std::size_t passed_over) {
    const std::string what = "baking on " + base + ", from " + source;
    if (passed_over == 0) {
      context().info(what);
    } else {
      context().warn(what + ": the " + std::to_string(passed_over) +
                     " before it in `sources` could not be used");
    }
  }
};

}  // namespace

BAKER_STAGE(Rootfs)

}  // namespace baker
