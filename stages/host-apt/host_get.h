// What lies at an address, by the way that the host's apt takes to servers.
#pragma once

#include <baker/stage.h>

#include <optional>
#include <string>

namespace baker {

// For small files: the whole content. Nothing where the server has no such file. Throws
// Unreachable.
std::optional<std::string> get_as_host_does(const Network& network, const Context& context,
                                            const std::string& url);

}  // namespace baker
