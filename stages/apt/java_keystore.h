// Java's own keystore format (JKS), as far as it matters for equal bytes: each entry carries the
// moment at which it was added, and a SHA-1 over a password and everything else ends the file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace baker::apt {

using Sha1 = std::function<std::string(const std::string& bytes)>;  // 40 hex digits

// `keystore` with every entry's time set to `epoch` (seconds). Nothing where that is no change, or
// where it can't be done: another format, or another password than Java's well-known one.
std::optional<std::string> with_timestamps(std::string_view keystore, std::int64_t epoch,
                                           const Sha1& sha1);

}  // namespace baker::apt
