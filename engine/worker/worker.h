// A host that bakes single stages for a builder elsewhere. It has a store of its own, into which
// the layers come that a stage stands on; what the stage makes goes back, and nothing of it stays.
#pragma once

#include "engine/plan/stage_keys.h"

#include <nlohmann/json.hpp>
#include <string>

namespace baker {

struct WorkerPlaces {
  std::string cache;  // absolute
  std::string runner_program;
  std::string download_program;
  std::string remote_program;
  int interrupt_fd = -1;  // readable once this is to end
};

// Carries out one request (README.md) and prints events on stdout, the last of which is the result.
// Blocks until the stage has ended. Returns the exit status: 0 where the stage made its layer, 1
// where it failed, kUnfit where this host could not carry it out.
inline constexpr int kUnfit = 3;
int carry_out(const nlohmann::json& request, const WorkerPlaces& places,
              const PluginFiles& plugins);

}  // namespace baker
