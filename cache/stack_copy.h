// A stack put on a file system as plain files, as machines have it.
#pragma once

#include "cache/stack.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baker {

enum class CopyMethod { kReflink, kCopy };
enum class Sharing { kWherePossible, kNothing };  // of blocks, with the layers' files

// Fills `folder`, an empty directory. Files are cloned where the file system can and `sharing` lets
// it, copied otherwise, two at a time. Throws Error; `folder` is then half filled. Nothing is
// synced.
CopyMethod copy_stack(const Stack& stack, const std::string& folder,
                      Sharing sharing = Sharing::kWherePossible);

// Lays one more layer over `folder`, which holds what the layers below it amount to. Throws Error;
// after that, or a kill, `folder` is neither the old tree nor the new one. Nothing is synced.
void lay_over(const Listing& listing, const std::string& tree, const std::string& folder);

// Bytes that a copy takes at most: holes are counted as content.
std::uint64_t content_bytes(const Stack& stack);
// Bytes that its files take where they lie; calls lstat(2) for each of them.
std::uint64_t allocated_bytes(const Stack& stack);
// Whether files of the stack can be copied to `folder` by sharing their blocks: by trying one.
bool can_share_blocks(const Stack& stack, const std::string& folder);

// Of a root that is kept merged for all machines that share it: its layers, bottom first. The name
// also tells which layers stand on which, so that a root of that name has been checked, and which
// version of these rules has merged it.
struct MergedLayer {
  std::string digest;         // hex
  std::vector<size_t> below;  // indices of the layers in its own root
};
std::string merged_root_name(const std::vector<MergedLayer>& layers);
// The name is the digest of this text, which tells the layers of a root again; nothing where it is
// another text.
std::string merged_root_text(const std::vector<MergedLayer>& layers);
std::optional<std::vector<MergedLayer>> merged_layers_of(const std::string& text);

}  // namespace baker
