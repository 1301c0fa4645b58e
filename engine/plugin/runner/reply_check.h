// Whether what a plugin replied is what the border asks for (docs/plugin-guide.md, The border), so
// that nobody behind it has to ask.
#pragma once

#include <string>

namespace baker {

// Throws Error that says what is wrong with the reply to a step that went well. `machine` is the
// one that a host stage claims.
void check_reply(const std::string& step, const std::string& reply, const std::string& machine);

}  // namespace baker
