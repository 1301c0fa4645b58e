// Signatures of records: Ed25519 (RFC 8032). Keys and signatures are base64 of their bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

class SigningKey {
 public:
  // Of fresh random bytes.
  static SigningKey make();
  // Of a file that text() was written to. Throws Error where there is none in it, and where others
  // than its owner may read it.
  static SigningKey read(const std::string& file);

  const std::string& text() const { return text_; }  // secret
  std::string public_key() const;
  // "PUBLIC-KEY:SIGNATURE"
  std::string sign(std::string_view message) const;

 private:
  explicit SigningKey(std::string seed, std::string text)
      : seed_(std::move(seed)), text_(std::move(text)) {}
  std::string seed_;
  std::string text_;
};

// Whether the text can be a public key.
bool is_public_key(std::string_view text);

// Why what sign() made is no proof that one of the `trusted` public keys stands for the message;
// nothing where it is one.
std::optional<std::string> mistake_in_signature(std::string_view signature,
                                                std::string_view message,
                                                const std::vector<std::string>& trusted);

}  // namespace baker
