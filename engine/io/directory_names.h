// What an open directory holds.
#pragma once

#include <string>
#include <vector>

namespace baker {

// Without `.` and `..`, in no order. The descriptor stays open, and is read from its start.
std::vector<std::string> directory_names(int directory);

}  // namespace baker
