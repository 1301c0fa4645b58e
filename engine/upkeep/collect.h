// Garbage collection: what nobody uses leaves the store, the longest unused first.
#pragma once

#include "cache/store.h"
#include "engine/pipeline/host_settings.h"

#include <cstdint>
#include <optional>
#include <string>

namespace baker {

struct CollectSettings {
  std::int64_t keep_seconds = 0;              // since the last use; what is used stays anyhow
  std::optional<std::uint64_t> most_bytes{};  // of the store; reached as far as unused things allow
  KeptDownloads downloads = KeptDownloads::kUnbaked;
  std::int64_t keep_download_seconds = 0;  // since the last use, of downloads that nothing pins
  bool dry_run = false;
};

struct Collected {
  std::size_t records = 0;
  std::size_t layers = 0;
  std::size_t downloads = 0;
  std::size_t roots = 0;
  std::uint64_t bytes = 0;              // that this frees: of layers as their records say
  std::uint64_t bytes_left = 0;         // in the store afterwards
  std::vector<std::string> troubles{};  // what dead bakers left and can't be removed, in words
};

// Takes nothing that a baker which runs uses, and keeps none waiting for longer than it takes to
// rename some things. Killed at any point, it leaves a store in which each record names a layer
// that is whole. Throws Error.
Collected collect(Store& store, FileOps& files, const CollectSettings& settings);

}  // namespace baker
