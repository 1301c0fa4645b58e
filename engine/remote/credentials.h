// The password for a registry, from the file that `skopeo login` and `podman login` write.
#pragma once

#include <optional>
#include <string>

namespace baker {

// "USER:PASSWORD" as base64, for the longest entry that names the host, or the host and a part of
// the path. `file` empty: the first of $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json,
// /run/containers/UID/auth.json, ~/.config/containers/auth.json and ~/.docker/config.json that
// there is (containers-auth.json(5)). Throws Error for a file that is given and can't be read, or
// is none.
std::optional<std::string> credentials_for(const std::string& host, const std::string& path,
                                           const std::string& file);

}  // namespace baker
