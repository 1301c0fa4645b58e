// The cache that is shared with others, as the command line, the environment and the host's
// settings have it, and the program that speaks to it.
#pragma once

#include "engine/cli/settings.h"
#include "engine/pipeline/host_settings.h"
#include "engine/remote/ask_remote.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace baker {

// As they are set, whether or not there is a remote. Throws Error (kInvalid).
RemoteSettings remote_settings(const Settings& settings);
// Throws Error (kInvalid) where none is set.
RemoteSettings needed_remote(const Settings& settings);
// Nothing where none is set, and with --offline. Throws Error (kInvalid).
std::optional<RemoteSettings> remote_of(const Settings& settings);

// What each request to baker-remote says of it.
nlohmann::json request_to(const RemoteSettings& remote);

// Whether this user has the key that records are signed with.
bool may_push(const RemoteSettings& remote);

// engine/remote/ask_remote.h says it.
nlohmann::json ask_remote(const std::string& what, const nlohmann::json& request,
                          const OnRemoteEvent& on_event = {}, int interrupt_fd = -1);

}  // namespace baker
