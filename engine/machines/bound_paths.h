// What of the host a machine's settings bind into it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace baker {

// The sources of Bind= and BindReadOnly= (systemd.nspawn(5)) without which the machine does not
// start: absolute paths, in the order written.
std::vector<std::string> bound_paths(std::string_view settings);

}  // namespace baker
