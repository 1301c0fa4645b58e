// A request to baker-remote, for programs that do without libcurl.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace baker {

using OnRemoteEvent = std::function<void(const nlohmann::json& event)>;

// Runs `PROGRAM WHAT` and waits for its end. `on_event` gets its events, and one `alive` where none
// comes for two seconds. Returns its reply, an object or a list. Throws Error: kUnreachable where
// the server did not do its part, kInterrupted where `interrupt_fd` becomes readable first (-1:
// nothing interrupts), kFailed for all else.
nlohmann::json ask_remote(const std::string& program, const std::string& what,
                          const nlohmann::json& request, const OnRemoteEvent& on_event = {},
                          int interrupt_fd = -1);

}  // namespace baker
