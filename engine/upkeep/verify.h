// Looks whether what a store holds still is what was put there, and takes out of use what is not.
#pragma once

#include "cache/layer_check.h"
#include "cache/store.h"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace baker {

struct Damage {
  std::string what{};                   // "the layer of stage base of kraft3 (3f2a…)"
  std::vector<std::string> how{};       // "usr/bin/x: other content"
  std::vector<std::string> machines{};  // that were made from it
  bool is_baked_again = true;           // or fetched, by the next run that needs it
};

struct VerifySettings {
  CheckDepth depth = CheckDepth::kAttributes;
  std::set<std::string> keys{};  // only what the bakes of these stand on; empty: everything
  int interrupt_fd = -1;         // readable once the user wants to stop
};

struct VerifyProgress {
  std::size_t done = 0, all = 0;  // layers and downloads
};

struct VerifyWatch {
  std::function<void(const VerifyProgress&)> on_progress{};
  std::function<void(const Damage&)> on_damage{};  // as soon as it is found
};

struct Verified {
  std::size_t records = 0, layers = 0, downloads = 0;
  std::size_t roots = 0;      // that are merged for machines
  std::size_t pipelines = 0;  // whose state and lock file were read
  std::vector<Damage> damages{};
  bool interrupted = false;
};

// Reads with two threads. `watch` is called by either, one at a time. A damaged record or
// download leaves the store, a layer is baked again by the next run, a state or lock file is only
// told. Where everything is read, it goes on where the last one was interrupted. Throws Error.
Verified verify(Store& store, const VerifySettings& settings, const VerifyWatch& watch);

}  // namespace baker
