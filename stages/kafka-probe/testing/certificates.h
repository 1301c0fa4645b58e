// Certificates for a broker on the loopback interface and its clients.
#pragma once

#include <filesystem>

namespace baker::testing {

// An authority, a broker for 127.0.0.1 and a client, both signed by it: ca.crt, broker.pem (key and
// certificate), client.crt and client.key.
void make_certificates(const std::filesystem::path& folder);

}  // namespace baker::testing
