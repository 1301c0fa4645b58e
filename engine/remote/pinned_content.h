// Content that pipelines pin, between a download store and a remote.
#pragma once

#include "engine/remote/remote_store.h"

#include <string>
#include <vector>

namespace baker {

struct Pinned {
  std::string name;  // what messages call it
  Digest digest;
};

// Brings what the remote has of it into the folder `downloads`; progress goes to stdout as that of
// a download does. Throws Error where the remote does not work.
void pull_content(RemoteStore& remote, const HttpLimits& limits, const std::vector<Pinned>& wanted,
                  const std::string& downloads);

// What the remote lacks of it, out of `downloads`. Returns how many bytes were sent. Throws Error.
std::uint64_t push_content(RemoteStore& remote, const std::vector<Digest>& pinned,
                           const std::string& downloads);

}  // namespace baker
