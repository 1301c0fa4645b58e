// One entry of `sources`: a place that a base root can come from.
#pragma once

#include <baker/stage.h>

#include <memory>
#include <string>

namespace baker::rootfs {

struct Found {
  std::string base;  // what was found, for a person: "Debian GNU/Linux 12 (bookworm)"
  // All content that `run` unpacks, in the download store. The first pin stands for the whole.
  Pins pins;
};

class Source {
 public:
  virtual ~Source() = default;
  // What messages call it.
  virtual std::string name() const = 0;
  // Throws Unreachable where another source may be tried, StageError where that would be wrong.
  virtual Found resolve(const Network& network, const Context& context) const = 0;
  // Brings the pinned content, and nothing else, into the download store again.
  virtual void fetch(const Network& network, const Context& context, const Pins& pins) const = 0;
};

std::unique_ptr<Source> oci_source(const Options& options);
std::unique_ptr<Source> url_tarball_source(const Options& options);
std::unique_ptr<Source> mmdebstrap_source(const Options& options);
std::unique_ptr<Source> local_tarball_source(const Options& options);

// The source that a table of `sources` describes. `position` counts from 1, for messages.
std::unique_ptr<Source> make_source(const Options& options, std::size_t position);

}  // namespace baker::rootfs
