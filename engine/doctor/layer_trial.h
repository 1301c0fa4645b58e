// Whether the cache's file system can hold layers.
#pragma once

#include "cache/store.h"

#include <string>

namespace baker {

// Why it can't, and what to do; empty: it can. Tried by a real mount, in a mount namespace of the
// `runner`'s own. The store is prepared. Throws Error.
std::string why_no_layers(Store& store, const std::string& runner);

}  // namespace baker
