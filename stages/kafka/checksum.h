// Reading the checksum files that a publisher puts beside an archive.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace baker::kafka {

// The SHA-512 (lower-case hex) that `text` states for `file`. Reads what `gpg --print-md sha512`
// writes (the name, a colon, upper-case groups over several lines) and what `sha512sum` writes.
// Nothing where the text is no checksum, or one of another file.
std::optional<std::string> stated_sha512(std::string_view text, std::string_view file);

}  // namespace baker::kafka
