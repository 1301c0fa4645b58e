// Unpacks a tar (gzip, xz, zstd, bzip2 or plain) or zip archive into a RootDir, safely. libarchive
// reads; the writing is our own, because libarchive's trusts symlinks that are there already.
//
// Kept exactly: modes (setuid among them), numeric owners, mtimes, symlinks, hard links, sparse
// files, xattrs (ACLs and file capabilities among them), fifos, device nodes other than 0/0, names
// that are not UTF-8. Sockets are left out, and so are xattrs of other systems.
// Refused with an Error that names the entry: a path or hard link with `..`, a hard link to what is
// not there, `trusted.overlay.*`, `user.overlay.*` and `trusted.baker.*` xattrs, whiteout devices
// (character device 0/0). An archive that ends early or is damaged is an Error, too, gzip's
// checksum included. Absolute paths and symlinks lead to places inside the root; a leading `/` is
// dropped. An entry under a symlinked parent (`lib/x` where lib -> usr/lib) lands inside the link's
// target in the root. Of duplicate entries the last one counts: a directory takes new attributes,
// anything else is replaced. As with GNU tar, a directory in the way of a file must be empty, and a
// symlink that leads to a directory stays where the archive has a directory (`lib/` over
// merged-usr's lib -> usr/lib; tar calls it --keep-directory-symlink). In an OCI layer only the new
// entry is there. ACLs that name users instead of numbering them mean those in the root's own
// /etc/passwd and /etc/group. Directories that the archive only implies are made as implied
// directories (root_dir.h).
#pragma once

#include "engine/io/root_dir.h"

#include <cstdint>
#include <string>

namespace baker {

// What names mean that begin with `.wh.`.
enum class WhiteoutNames {
  kPlain,     // nothing: they are files as all others
  kRemove,    // `.wh.NAME` removes what was there before this archive, `.wh..wh..opq` empties its
              // directory of that; the archive is an OCI layer
  kLeaveOut,  // likewise, and somebody else sees to it
};

struct UnpackOptions {
  std::string to = "/";  // made (implied) where absent
  unsigned strip = 0;    // leading components to drop; entries with fewer are left out
  WhiteoutNames whiteouts = WhiteoutNames::kPlain;
};

struct UnpackResult {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

// `name` is what messages call the archive. Throws Error; the root may then be half filled. Nothing
// is synced.
UnpackResult unpack_archive(const std::string& archive_file, const std::string& name, RootDir& root,
                            const UnpackOptions& options);

}  // namespace baker
