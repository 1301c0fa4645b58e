// What a store holds, by kind and by the pipelines that use it.
#pragma once

#include "cache/store.h"

#include <cstdint>
#include <string>
#include <vector>

namespace baker {

struct HeldBytes {
  std::size_t number = 0;
  std::uint64_t bytes = 0;
};

struct OverviewOfUse {
  std::string pipeline{};
  std::string state{};      // its folder
  std::uint64_t bytes = 0;  // of layers and downloads that it needs, those of others among them
  std::int64_t seconds_since = 0;  // it last used something else
};

struct Overview {
  std::string folder{};
  std::uint64_t bytes = 0;  // layers as their records say, and downloads; each once
  HeldBytes layers{};
  HeldBytes downloads{};
  HeldBytes unused{};  // layers and downloads that no pipeline, machine or lock file needs
  std::vector<OverviewOfUse> uses{};
};

// Throws Error.
Overview overview_of(const Store& store);

}  // namespace baker
