// Packages in a Debian or Ubuntu root. The root's own apt decides what that takes, while resolving;
// its own dpkg installs exactly that, without network, while baking.
#include "fetch.h"
#include "install.h"
#include "package_pin.h"
#include "remove_traces.h"
#include "resolve.h"

namespace baker::apt {
namespace {

class Apt : public LayerStage {
 public:
  Pins resolve(Network& network, const Options& options) override {
    const std::vector<PackagePin> packages =
        resolve_packages(network.root(), {.packages = options.strings("packages"),
                                          .recommends = options.boolean("recommends"),
                                          .upgrade = options.boolean("upgrade")});
    Pins pins;
    for (const PackagePin& package : packages) pins.push_back(to_pin(package));
    return pins;
  }

  void fetch(Network& network, const Options&, const Pins& pins) override {
    fetch_packages(network, network.root(), to_packages(pins), context());
  }

  void run(Root& root, const Options&) override {
    const std::vector<PackagePin> packages = to_packages(context().pins());
    if (packages.empty()) return;  // all of it is there already
    const Before before = logs_and_identities(root);
    install_packages(root, packages, context());
    remove_traces(root, before, context().source_date_epoch());
  }
};

}  // namespace
}  // namespace baker::apt

BAKER_STAGE(baker::apt::Apt)
