// Private keys that maintainer scripts make: everybody who can read the layer knows them.
#pragma once

#include <baker/stage.h>

#include <cstdint>
#include <string>
#include <vector>

namespace baker::apt {

// Files in /etc and /var/lib that look like such keys and were written since then, in seconds since
// 1970; sorted. Needs find(1) and grep(1) in the root. Throws StageError.
std::vector<std::string> keys_made_since(Root& root, std::int64_t then);

}  // namespace baker::apt
