#include "source.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

namespace baker::rootfs {
namespace {

struct Kind {
  std::string_view key;  // the option that makes a source one of this kind
  bool takes_keyring = false;
  std::unique_ptr<Source> (*make)(const Options&) = nullptr;
};

constexpr std::array<Kind, 4> kKinds = {{{"oci", false, oci_source},
                                         {"url", true, url_tarball_source},
                                         {"mmdebstrap", true, mmdebstrap_source},
                                         {"tar", false, local_tarball_source}}};

// The descriptor sees to it that there is exactly one, and that the other options go with it.
const Kind& kind_of(const Options& options) {
  const auto found = std::ranges::find_if(
      kKinds, [&options](const Kind& kind) { return options.has(std::string(kind.key)); });
  assert(found != kKinds.end());
  return *found;
}

}  // namespace

std::unique_ptr<Source> make_source(const Options& options, std::size_t position) {
  const Kind& kind = kind_of(options);
  if (options.has("keyring") && !kind.takes_keyring) {
    throw StageError(fmt::format("source {} of `sources`: `keyring` means nothing beside `{}`",
                                 position, kind.key));
  }
  return kind.make(options);
}

}  // namespace baker::rootfs
