// errno as baker's Error.
#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <string>

namespace baker {

// "cannot write /etc/motd: Permission denied"; reads errno. Where the disk is full it names the
// file system (from `path`, an absolute path on it or below it) and what was being written.
[[nodiscard]] Error system_error(const std::string& cannot_what, const std::string& path = "");

// The same for a write that left `unwritten` bytes: a full disk also tells how much is missing.
[[nodiscard]] Error write_error(const std::string& cannot_what, const std::string& path,
                                std::uint64_t unwritten);

}  // namespace baker
