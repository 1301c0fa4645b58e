#include "engine/base/digest.h"

namespace baker {

std::optional<Digest> Digest::from_hex(std::string_view hex) {
  if (hex.size() != 64 && hex.size() != 128) return std::nullopt;
  std::string lower(hex);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
  }
  return Digest(std::move(lower));
}

}  // namespace baker
