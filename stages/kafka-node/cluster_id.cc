#include "cluster_id.h"

#include <baker/sdk/error.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace baker::kafka_node {
namespace {

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kIdLength = 22;

using Uuid = std::array<std::uint8_t, 16>;

Uuid uuid_of(const std::string& text) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw StageError("OpenSSL can't make a SHA-256");
  }
  Uuid uuid{};
  std::copy_n(digest.begin(), uuid.size(), uuid.begin());
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);  // version 4
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);  // the variant of RFC 4122
  return uuid;
}

std::string base64url(const Uuid& bytes) {
  std::array<unsigned char, 25> encoded{};  // 24 characters, of which two are padding, and a NUL
  EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(bytes.size()));
  std::string text(encoded.begin(), encoded.begin() + kIdLength);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

// Kafka keeps the ids 0 to 99 to itself: all but their last byte is zero.
bool is_reserved(std::string_view id) {
  constexpr std::size_t zeros = 20;  // characters that hold nothing of the last byte
  if (id.find_first_not_of('A') < zeros) return false;
  const auto high = kBase64Url.find(id[zeros]);
  const auto low = kBase64Url.find(id[zeros + 1]);
  return high * 4 + low / 16 < 100;
}

}  // namespace

std::string cluster_id_of(const std::string& name) {
  for (unsigned attempt = 0;; ++attempt) {
    const std::string salt = attempt == 0 ? "" : fmt::format("\n{}", attempt);
    std::string id = base64url(uuid_of(name + salt));
    if (id.find('-') == id.npos && !is_reserved(id)) return id;
  }
}

std::optional<std::string> mistake_in_cluster_id(std::string_view id) {
  if (id.size() != kIdLength) {
    return fmt::format("its length is {}, not {}", id.size(), kIdLength);
  }
  if (auto bad = id.find_first_not_of(kBase64Url); bad != id.npos) {
    return "it holds \"" + std::string(1, id[bad]) +
           "\", and only letters, digits, \"-\" and \"_\" may be in it";
  }
  if (kBase64Url.find(id.back()) % 16 != 0) {
    return "its last character can only be A, Q, g or w, or it would be more than 16 bytes";
  }
  if (is_reserved(id)) return "Kafka keeps this id for itself";
  return std::nullopt;
}

}  // namespace baker::kafka_node
