#include "keyring_form.h"

namespace baker {
namespace {

// An OpenPGP packet of tag 6, "public key", begins it (RFC 4880, sections 4.2 and 4.3).
bool is_binary(const std::string& content) {
  if (content.empty()) return false;
  const auto first = static_cast<unsigned char>(content.front());
  return (first & 0xfc) == 0x98 || first == 0xc6;
}

}  // namespace

std::string keyring_ending(const std::string& content) {
  if (content.find("-----BEGIN PGP PUBLIC KEY BLOCK-----") != std::string::npos) return ".asc";
  return is_binary(content) ? ".gpg" : "";
}

}  // namespace baker
