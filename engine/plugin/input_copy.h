// The inputs of a stage as it sees them while it bakes: copies, so that they stay as they are
// meanwhile, in a normal form, so that it sees nothing of them that is not in its key.
#pragma once

#include "engine/plugin/stage_request.h"

#include <cstdint>
#include <functional>
#include <string>

namespace baker {

// Copies a file or folder of the host to `to`, which must not be there. All times are `epoch`
// (seconds). Owner is root, files are 0644, or 0755 where they are executable, folders 0755;
// extended attributes and hard links go. With `preserve`, owners, modes, hard links, and those
// extended attributes that belong to content are kept. Holes stay holes; blocks are shared where
// the file system can. Returns what was left out, in words: "2 hard links and 1 file capability";
// empty: nothing. Throws Error, also where something is neither file, folder nor symlink; a
// part may then lie at `to`.
std::string copy_input(const std::string& from, const std::string& to, std::int64_t epoch,
                       bool preserve);

// Copies a stage's inputs into `folder`, each by its name in the request, whose paths then lead to
// the copies. `warn` is told what was left out. Throws Error that names the input.
void copy_inputs(StageRequest& request, const std::string& folder,
                 const std::function<void(const std::string& text)>& warn);

}  // namespace baker
