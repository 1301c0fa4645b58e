// A sealed tree's listing, in memory.
#pragma once

#include "cache/layer_seal.h"

#include <string>

namespace baker::testing {

inline Listing sealed(const std::string& tree, const SealSettings& settings) {
  std::string text;
  seal_tree(tree, settings, [&text](std::string_view line) { text += line; });
  return Listing::parse(std::move(text));
}

}  // namespace baker::testing
