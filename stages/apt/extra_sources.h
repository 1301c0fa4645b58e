// What a stage's options add to the root's sources: repositories, and single packages.
#pragma once

#include <baker/stage.h>

#include <string>
#include <vector>

namespace baker::apt {

// Architectures and repositories that stay in the root, so that stages above have them too. Throws
// StageError for a key that is none.
void add_lasting_sources(Root& root, const Options& options);

// What only this stage has, in a root that is thrown away: folders with packages, and packages.
// Returns what is asked for with them, as "name=version".
std::vector<std::string> add_passing_sources(Root& root, const Options& options);

}  // namespace baker::apt
