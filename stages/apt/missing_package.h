// What to say of a package that apt can't find.
#pragma once

#include <baker/stage.h>

#include <string>

namespace baker::apt {

// Of apt's complaint: which components of the root's archives have the package, which are not read,
// or names that may have been meant. Empty where it complains of something else, or nothing is
// known. Has apt read further indices into the root, which is thrown away.
std::string advice_on_missing(Root& root, const std::string& complaint);

}  // namespace baker::apt
