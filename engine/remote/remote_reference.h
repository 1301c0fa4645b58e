// Where a shared cache is: oci://HOST[:PORT]/NAME for a registry, https://HOST[:PORT]/PATH for a
// server that keeps files under /ac and /cas.
#pragma once

#include <string>
#include <string_view>

namespace baker {

struct RemoteReference {
  enum class Transport { kOci, kHttp };

  // Throws Error (kInvalid) that says what a reference looks like. Without TLS only on loopback
  // addresses, or where the user writes oci+http:// or http://.
  static RemoteReference parse(std::string_view text);

  std::string origin() const;  // "https://HOST[:PORT]"

  Transport transport = Transport::kOci;
  bool tls = true;
  bool may_lack_tls = false;  // a host that is this one: whoever opens it finds out
  std::string host;           // with the port, where one is given
  std::string path;           // without slashes around it; of a registry the repository's name
};

}  // namespace baker
