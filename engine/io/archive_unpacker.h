// Unpacks an archive into a RootDir, safely. The only user of libarchive besides archive_test.
//
// Kept exactly: modes (setuid among them), numeric owners, mtimes, symlinks, hard links, sparse
// files, xattrs (ACLs and file capabilities among them), fifos, device nodes other than 0/0, names
// that are not UTF-8.
// Refused with an Error that names the entry: a path or hard link with `..` or one that would leave
// the root, `trusted.overlay.*`, `user.overlay.*` and `trusted.baker.*` xattrs, whiteout devices
// (character device 0/0), a directory in the place of a symlink or file of this archive that leads
// outside, and an archive that ends early or is damaged.
// Of duplicate entries the last one counts, as with GNU tar. A leading `/` or `./` is dropped.
// An entry under a symlinked parent (`lib/x` where lib -> usr/lib) lands inside the link's target
// in the root.
// Directories that the archive only implies are made as implied directories (root_dir.h).
#pragma once

#include "engine/io/root_dir.h"

#include <cstdint>
#include <string>

namespace baker {

struct UnpackOptions {
  std::string to = "/";    // made (implied) where absent
  unsigned strip = 0;      // leading components to drop; entries with fewer are left out
  bool oci_layer = false;  // `.wh.NAME` removes what was there before this archive, `.wh..wh..opq`
                           // empties its directory of that; elsewhere such names are plain files
};

struct UnpackResult {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

// `name` is what messages call the archive. Throws Error; the root may then be half filled.
UnpackResult unpack_archive(const std::string& archive_file, const std::string& name, RootDir& root,
                            const UnpackOptions& options);

}  // namespace baker
