// The keys that an archive may be signed with.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace baker::rootfs {

// The ones that come with this stage type in `own`, the host's apt keyrings, and those of its
// distributions' packages. What apt could not read is left out.
std::vector<std::filesystem::path> trusted_keyrings(const std::filesystem::path& own,
                                                    const std::filesystem::path& host = "/");

// Copies keyrings into `folder`, which is made, under names by whose ending apt knows their form
// (.asc armored, .gpg binary). Throws StageError for a file that is no keyring.
void copy_keyrings(const std::vector<std::filesystem::path>& keyrings,
                   const std::filesystem::path& folder);

}  // namespace baker::rootfs
