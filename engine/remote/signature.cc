#include "engine/remote/signature.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/random_bytes.h"
#include "engine/io/system_error.h"

#include <nettle/base64.h>
#include <nettle/eddsa.h>
#include <sys/stat.h>

#include <algorithm>

namespace baker {
namespace {

constexpr std::string_view kHeader = "baker-signing-key-1 ";

std::uint8_t* bytes(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}
const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string base64_encode(std::string_view raw) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(raw.size()), '\0');
  base64_encode_raw(text.data(), raw.size(), bytes(raw));
  return text;
}

// Nothing where it is not base64 of so many bytes.
std::optional<std::string> base64_decode(std::string_view text, size_t size) {
  base64_decode_ctx context;
  base64_decode_init(&context);
  std::string raw(BASE64_DECODE_LENGTH(text.size()), '\0');
  size_t length = raw.size();
  if (!base64_decode_update(&context, &length, bytes(raw), text.size(), text.data()) ||
      !base64_decode_final(&context) || length != size)
    return std::nullopt;
  raw.resize(length);
  return raw;
}

}  // namespace

SigningKey SigningKey::make() {
  const std::string seed = random_bytes(ED25519_KEY_SIZE);
  return SigningKey(seed, std::string(kHeader) + base64_encode(seed) + "\n");
}

SigningKey SigningKey::read(const std::string& file) {
  struct stat status;
  if (stat(file.c_str(), &status) != 0) throw system_error("cannot read the signing key " + file);
  if ((status.st_mode & 077U) != 0)
    throw Error("others may read the signing key " + file + ": chmod 600 " + file);
  const std::string text = read_file(file);
  std::string_view rest = text;
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  if (rest.starts_with(kHeader))
    if (auto seed = base64_decode(rest.substr(kHeader.size()), ED25519_KEY_SIZE))
      return SigningKey(*seed, text);
  throw Error(file + " holds no signing key: `baker remote key` makes one");
}

std::string SigningKey::public_key() const {
  std::string key(ED25519_KEY_SIZE, '\0');
  ed25519_sha512_public_key(bytes(key), bytes(std::string_view(seed_)));
  return base64_encode(key);
}

std::string SigningKey::sign(std::string_view message) const {
  std::string key(ED25519_KEY_SIZE, '\0'), signature(ED25519_SIGNATURE_SIZE, '\0');
  ed25519_sha512_public_key(bytes(key), bytes(std::string_view(seed_)));
  ed25519_sha512_sign(bytes(std::string_view(key)), bytes(std::string_view(seed_)), message.size(),
                      bytes(message), bytes(signature));
  return base64_encode(key) + ":" + base64_encode(signature);
}

bool is_public_key(std::string_view text) {
  return base64_decode(text, ED25519_KEY_SIZE).has_value();
}

std::optional<std::string> mistake_in_signature(std::string_view signature,
                                                std::string_view message,
                                                const std::vector<std::string>& trusted) {
  if (signature.empty()) return "it is not signed";
  const size_t colon = signature.find(':');
  const std::string_view key = signature.substr(0, colon);
  const auto raw_key = base64_decode(key, ED25519_KEY_SIZE);
  if (colon == std::string_view::npos || !raw_key) return "its signature can't be read";
  if (std::ranges::find(trusted, key) == trusted.end())
    return "it is signed with the key " + std::string(key) + ", which is not trusted here";
  const auto raw = base64_decode(signature.substr(colon + 1), ED25519_SIGNATURE_SIZE);
  if (!raw || !ed25519_sha512_verify(bytes(std::string_view(*raw_key)), message.size(),
                                     bytes(message), bytes(std::string_view(*raw))))
    return "its signature does not match";
  return std::nullopt;
}

}  // namespace baker
