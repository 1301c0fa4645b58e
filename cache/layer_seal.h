// Turns a finished tree into the form in which it enters the store.
#pragma once

#include "cache/listing.h"

#include <cstdint>
#include <string>

namespace baker {

// Walks `tree`: times later than `epoch` (seconds) become `epoch`, fractions of a second go,
// overlayfs's location marks (trusted.overlay.origin, .impure, …) are taken off, and everything is
// listed and hashed. Sockets are removed: they mean nothing outside a running system. Throws Error
// on a file that a layer can't hold (overlayfs redirects, metacopy).
Listing seal_tree(const std::string& tree, std::int64_t epoch);

// The listing of a tree as it is; nothing is changed. For verification.
Listing list_tree(const std::string& tree);

}  // namespace baker
