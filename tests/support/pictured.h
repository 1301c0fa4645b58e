// What the documentation shows of a command, to compare it with what the program prints.
#pragma once

#include <string>
#include <vector>

namespace baker::testing {

// The outputs that `page` (a path from the repository's root; Markdown or a picture) shows under
// `command`, a text for each time that it is shown. Throws std::runtime_error where it shows none.
std::vector<std::string> pictured_outputs(const std::string& page, const std::string& command);

// The lines of a pictured output that `printed` does not have. What differs from one host and run
// to the next counts as equal: figures, digests, and how a machine was placed. Not compared are
// lines that depend on the network (downloads, warnings) or on what is slow (waiting), omissions
// ("…"), and `next:`, whose folders are the test's. Lines may be wrapped.
std::vector<std::string> lines_not_printed(const std::string& pictured, const std::string& printed);

}  // namespace baker::testing
