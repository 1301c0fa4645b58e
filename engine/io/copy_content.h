// The content of one open file into another.
#pragma once

#include <string>

namespace baker {

enum class CopiedBy { kSharingBlocks, kCopying };

// Fills `to`, an empty file, from all of `from`, whatever their offsets. Blocks are shared where
// the file system can, unless `may_share` is false; holes stay holes. `name` is what messages call
// the new file. Blocks for as long as the copy takes. Throws Error.
CopiedBy copy_content(int from, int to, const std::string& name, bool may_share = true);

}  // namespace baker
