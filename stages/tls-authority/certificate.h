// Keys (elliptic curve P-256) and X.509 certificates. An identity is a PEM text: a private key, as
// PKCS #8, and its certificate.
#pragma once

#include <string>
#include <vector>

namespace baker::tls_authority {

struct Member {
  std::string name;
  std::vector<std::string> addresses;  // host names, IPv4, IPv6
};

// One that signs itself, and others. Throws StageError, as all here, where OpenSSL fails.
std::string make_authority(const std::string& name);
// For servers and clients, valid for kDays.
std::string make_identity(const Member& member, const std::string& authority);
inline constexpr int kDays = 825;

bool is_identity(const std::string& text);
// Only the certificate.
std::string certificate_of(const std::string& identity);
// Whether the authority gave it for just these addresses, and it is valid for 30 more days. False
// where it is no identity.
bool serves(const std::string& identity, const Member& member, const std::string& authority);

}  // namespace baker::tls_authority
