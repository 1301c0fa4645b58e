// Trees that travel by their digests alone: what a stage reads on its way to a worker, and the
// layer that it makes on its way back. Whoever takes one compares it with the digest that it was
// told.
#pragma once

#include "engine/remote/remote_store.h"

#include <string>

namespace baker {

struct SharedTree {
  Digest layer;  // of its listing
  Blob blob;
  std::string marks;
};

// `folder` holds `tree`, and may hold its listing. `scratch`: a folder with room for it,
// compressed. Throws Error.
SharedTree give_tree(RemoteStore& remote, const std::string& folder, const std::string& scratch);

// Makes `folder`, with tree and listing. Progress goes to stdout as that of a download does. Throws
// Error where the remote does not have it, or what it has is something else.
void take_tree(RemoteStore& remote, const HttpLimits& limits, const SharedTree& tree,
               const std::string& name, const std::string& folder);

}  // namespace baker
