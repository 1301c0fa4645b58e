#include "engine/machines/machine_paths.h"

#include <fmt/core.h>

namespace baker {

MachinePaths MachinePlaces::of(const std::string& machine) const {
  auto beside = [&](const char* what) {
    return fmt::format("{}/.{}.baker-{}", machines, machine, what);
  };
  const std::string kept = fmt::format("{}/{}.nspawn", state, machine);
  return {.tree = machines + "/" + machine,
          .next = beside("next"),
          .old = beside("old"),
          .gone = beside("gone"),
          .claim = beside("lock"),
          .settings = fmt::format("{}/{}.nspawn", nspawn, machine),
          .tree_settings = kept,
          .next_settings = kept + ".next",
          .old_settings = kept + ".old"};
}

}  // namespace baker
