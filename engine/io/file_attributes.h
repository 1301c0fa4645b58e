// Attributes on open files and directories, by descriptors that are not O_PATH. All functions throw
// Error.
#pragma once

#include "engine/io/root_dir.h"

#include <string>

namespace baker {

// Owner, then mode: a change of owner clears setuid. An ACL that the parent's default ACL gave is
// removed, so that the mode says everything.
void apply_attributes(int fd, const Attributes& attributes);

// What a new file inherits from its directory's default ACL; no error where there is none.
void remove_acls(int fd);

// An implied directory (root_dir.h) in `parent`, which may be an O_PATH descriptor. False where the
// name is taken.
bool make_implied_directory(int parent, const std::string& name);
// No error where there is no mark.
void remove_implied_mark(int directory);

}  // namespace baker
