// The files of files/, compiled in.
#pragma once

#include <string_view>

namespace baker {

// By its name, as "train.sh". Throws std::logic_error where there is none.
std::string_view embedded(std::string_view name);

}  // namespace baker
