// A request to baker-remote, for programs that do without libcurl.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace baker {

// Runs `PROGRAM WHAT` and waits for its end. `on_event` gets its events. Returns its reply. Throws
// Error where it had none.
nlohmann::json ask_remote(const std::string& program, const std::string& what,
                          const nlohmann::json& request,
                          const std::function<void(const nlohmann::json&)>& on_event = {});

}  // namespace baker
