#include "subnet.h"

#include <baker/sdk/error.h>
#include <fmt/core.h>

#include <arpa/inet.h>

#include <algorithm>

namespace baker {

Subnet Subnet::from(const std::string& text) {
  const size_t slash = text.find('/');
  in_addr address{};
  const bool parsed = slash != std::string::npos &&
                      inet_pton(AF_INET, text.substr(0, slash).c_str(), &address) == 1;
  const std::string prefix = parsed ? text.substr(slash + 1) : "";
  if (prefix.empty() || prefix.size() > 2 ||
      prefix.find_first_not_of("0123456789") != std::string::npos || std::stoul(prefix) < 1 ||
      std::stoul(prefix) > 32) {
    throw StageError(
        "\"" + text +
        "\" is not an address with a prefix length from 1 to 32, such as \"10.88.0.1/24\"");
  }
  return {ntohl(address.s_addr), static_cast<unsigned>(std::stoul(prefix))};
}

std::string Subnet::text() const {
  const in_addr network{htonl(address)};
  char buffer[INET_ADDRSTRLEN];
  return fmt::format("{}/{}", inet_ntop(AF_INET, &network, buffer, sizeof buffer), prefix);
}

bool Subnet::overlaps(const Subnet& other) const {
  const unsigned common = std::min(prefix, other.prefix);
  return common == 0 || (address ^ other.address) >> (32 - common) == 0;
}

}  // namespace baker
