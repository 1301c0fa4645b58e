// A content address: SHA-256, or SHA-512 where a publisher gives nothing else. Always valid.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace baker {

class Digest {
 public:
  // From lower- or upper-case hex; 64 digits are SHA-256, 128 are SHA-512. Nothing else is one.
  static std::optional<Digest> from_hex(std::string_view hex);

  // "sha256" or "sha512".
  std::string_view algorithm() const { return hex_.size() == 64 ? "sha256" : "sha512"; }
  const std::string& hex() const { return hex_; }
  // How a file of this content is named in the download store: "sha256-…".
  std::string file_name() const { return std::string(algorithm()) + "-" + hex_; }
  // Enough to recognise it in a message.
  std::string brief() const { return hex_.substr(0, 12); }

  auto operator<=>(const Digest&) const = default;

 private:
  explicit Digest(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

}  // namespace baker
