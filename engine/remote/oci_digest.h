// Digests as the OCI specifications write them: "sha256:HEX".
#pragma once

#include "engine/base/digest.h"

#include <optional>
#include <string>
#include <string_view>

namespace baker {

inline constexpr std::string_view kOciSha256 = "sha256:";

inline std::string oci_name(const Digest& digest) {
  return std::string(kOciSha256) + digest.hex();
}

// Nothing for any other text, and for another algorithm.
inline std::optional<Digest> digest_of_oci_name(std::string_view name) {
  if (!name.starts_with(kOciSha256)) return std::nullopt;
  const auto digest = Digest::from_hex(name.substr(kOciSha256.size()));
  return digest && digest->algorithm() == "sha256" ? digest : std::nullopt;
}

}  // namespace baker
