// Bytes that nobody can guess.
#pragma once

#include <cstddef>
#include <string>

namespace baker {

// From the kernel, at most 256. Throws Error.
std::string random_bytes(std::size_t count);

}  // namespace baker
