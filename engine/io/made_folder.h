// Folders outside of machines, for data and settings. What baker made itself carries a mark, an
// extended attribute that names whom it was made for: so it is known again whatever happened to
// baker's own state.
#pragma once

#include "engine/io/root_dir.h"

#include <string>

namespace baker {

// Whose the folders are that all pipelines of a host share.
inline constexpr const char* kEverybody = "everybody";

// Makes the folder and what is missing above it, and marks them for `owner`. A kill leaves no half
// of a folder in its place. One that exists is left as it is. Returns whether it is marked for that
// owner, now or by an earlier call. Syncs nothing. Throws Error.
bool make_marked_folder(const std::string& path, const Attributes& attributes,
                        const std::string& owner);

// False where it is absent, too. Bakers before marks had names marked for anybody.
bool is_marked_for(const std::string& path, const std::string& owner);

// Removes a folder that is marked for the owner with all in it, and the folders above it that are
// marked so and empty then. What others made in it stays, and what is mounted there. Returns
// whether the folder is gone: it does nothing where it is not marked. Throws Error.
bool remove_marked_folder(const std::string& path, const std::string& owner);

}  // namespace baker
