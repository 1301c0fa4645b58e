// A plugin that prepares a machine which is not its own.
#include <baker/stage.h>

namespace {

struct Poach : baker::HostStage {
  baker::Applied apply(baker::Host& host, const baker::Options& options) override {
    const std::string machine = options.string("prepares");
    const baker::Host::Tree tree = host.prepare_machine(machine);
    return {.machines = {{.name = machine, .tree = tree.name, .settings = "[Exec]\n"}}};
  }
};

}  // namespace

BAKER_STAGE(Poach)
