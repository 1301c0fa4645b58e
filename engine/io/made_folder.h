// Folders for data, outside of machines: what baker made itself carries a mark (an extended
// attribute), so that it is known again whatever happened to baker's own state.
#pragma once

#include <sys/types.h>

#include <string>

namespace baker {

// Makes the folder and what is missing above it. One that exists is left as it is, even if a kill
// left it with mode 0700. Returns whether baker made it, now or earlier. Syncs nothing. Throws
// Error.
bool make_marked_folder(const std::string& path, uid_t owner, gid_t group, mode_t mode);

// False where it is absent, too.
bool is_marked_folder(const std::string& path);

// Removes a marked folder with all in it, and the folders above it that are marked and empty then.
// Does nothing where the folder is absent or not marked. Throws Error.
void remove_marked_folder(const std::string& path);

}  // namespace baker
