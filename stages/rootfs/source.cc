#include "source.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

namespace baker::rootfs {
namespace {

struct Kind {
  std::string_view key;                          // the option that makes a source one of this kind
  std::array<std::string_view, 5> further_keys;  // the options that go with it
  std::unique_ptr<Source> (*make)(const Options&);
};

constexpr std::array<Kind, 4> kKinds = {{
    {"oci", {"tls-verify"}, oci_source},
    {"url", {"sha256", "sha256sums", "signature", "keyring"}, signed_tarball_source},
    {"mmdebstrap", {"include", "components", "mirror", "keyring", "variant"}, mmdebstrap_source},
    {"tar", {}, local_tarball_source},
}};

bool is_given(const Json& value) {
  return !(value.is_array() && value.empty());
}

bool goes_with(const Kind& kind, std::string_view key) {
  if (key == kind.key || key == "releases") return true;
  for (std::string_view further : kind.further_keys) {
    if (key == further) return true;
  }
  return false;
}

// The descriptor sees to it that there is exactly one.
const Kind& kind_of(const Options& options) {
  const auto found = std::ranges::find_if(
      kKinds, [&options](const Kind& kind) { return options.has(std::string(kind.key)); });
  assert(found != kKinds.end());
  return *found;
}

}  // namespace

std::unique_ptr<Source> make_source(const Options& options, std::size_t position) {
  const std::string which = "source " + std::to_string(position) + " of `sources`";
  const Kind& kind = kind_of(options);
  for (const auto& [key, value] : options.json().items()) {
    if (!goes_with(kind, key) && is_given(value)) {
      throw StageError(which + ": `" + key + "` means nothing beside `" + std::string(kind.key) +
                       "`");
    }
  }
  return kind.make(options);
}

}  // namespace baker::rootfs
