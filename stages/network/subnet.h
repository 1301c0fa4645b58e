// An IPv4 address with the subnet around it.
#pragma once

#include <cstdint>
#include <string>

namespace baker {

struct Subnet {
  std::uint32_t address = 0;
  unsigned prefix = 32;

  // From "10.88.0.1/24"; throws StageError.
  static Subnet from(const std::string& text);
  std::string text() const;
  // Whether some address is in both.
  bool overlaps(const Subnet& other) const;
  bool operator==(const Subnet&) const = default;
};

}  // namespace baker
