// What an open directory holds.
#pragma once

#include <string>
#include <vector>

namespace baker {

// Without `.` and `..`, in no order. The descriptor stays open and as it is; it may be an O_PATH
// one. Throws Error.
std::vector<std::string> directory_names(int directory);

}  // namespace baker
