// Packages in a Debian or Ubuntu root. The root's own apt decides what that takes, while resolving;
// its own dpkg installs exactly that, without network, while baking.
#include <ctime>

#include "extra_sources.h"
#include "fetch.h"
#include "install.h"
#include "lent_way.h"
#include "made_keys.h"
#include "package_pin.h"
#include "remove_traces.h"
#include "resolve.h"
#include "text/text.h"

namespace baker::apt {
namespace {

std::vector<std::string> optional_list(const Options& options, const std::string& name) {
  return options.has(name) ? options.strings(name) : std::vector<std::string>{};
}

class Apt : public LayerStage {
 public:
  Pins resolve(Network& network, const Options& options) override {
    require_apt(network.root());
    const std::vector<std::string> of_debs = add_sources(network.root(), options);
    lend_way(network, context());
    Request request{.packages = options.strings("packages"),
                    .recommends = options.boolean("recommends"),
                    .upgrade = options.boolean("upgrade")};
    request.packages.insert(request.packages.end(), of_debs.begin(), of_debs.end());
    const std::vector<PackagePin> packages = resolve_packages(network.root(), request);
    tell_removals(packages);
    Pins pins;
    for (const PackagePin& package : packages) pins.push_back(to_pin(package));
    return pins;
  }

  void fetch(Network& network, const Options& options, const Pins& pins) override {
    add_sources(network.root(), options);
    fetch_packages(network, network.root(), to_packages(pins), optional_list(options, "snapshots"),
                   context());
  }

  void run(Root& root, const Options& options) override {
    const Before before = logs_and_identities(root);
    const std::int64_t began = std::time(nullptr);
    add_lasting_sources(root, options);
    const std::vector<std::string> answers = optional_list(options, "preseed");
    const std::vector<std::string> held = optional_list(options, "hold");
    const std::vector<PackagePin> packages = to_packages(context().pins());
    if (packages.empty() && answers.empty() && held.empty()) return;  // all of it is there already
    preseed(root, answers);
    install_packages(root, packages, context());
    hold(root, held);
    remove_traces(root, before, context().source_date_epoch());
    for (const std::string& key : keys_made_since(root, began))
      context().warn("a package has made the key " + key +
                     ": all machines have it, and so has who can read the layer");
  }

 private:
  // Returns what is asked for with them.
  static std::vector<std::string> add_sources(Root& root, const Options& options) {
    add_lasting_sources(root, options);
    return add_passing_sources(root, options);
  }

  void tell_removals(const std::vector<PackagePin>& packages) const {
    std::vector<std::string> removed;
    for (const PackagePin& package : packages)
      if (package.remove) removed.push_back(package.name);
    if (!removed.empty())
      context().warn("this removes packages that the root has: " + joined(removed, ", "));
  }
};

}  // namespace
}  // namespace baker::apt

BAKER_STAGE(baker::apt::Apt)
