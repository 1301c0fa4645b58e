// How deep the keys of a TOML text go. toml++ calls itself once for each part of a dotted key, and
// says nothing of a key whose parts take more than the stack.
#pragma once

#include "engine/pipeline/value.h"

#include <optional>
#include <string_view>

namespace baker {

inline constexpr int kMostKeyParts = 100;

// Where a key begins to have more parts than that; nothing where none does. Text that is not TOML
// may be misjudged, and is refused by who reads it.
std::optional<Position> key_that_is_too_deep(std::string_view text);

}  // namespace baker
