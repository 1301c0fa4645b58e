#include "engine/cli/environment.h"

#include "engine/base/proxy_variables.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace baker {
namespace {

constexpr std::string_view kKept[] = {
    // baker's own
    "BAKER_PLACE", "BAKER_PLUGIN_PATH", "BAKER_REMOTE", "BAKER_REMOTE_KEY", "BAKER_REMOTE_TRUST",
    "NO_COLOR", "TERM",
    // where programs and the user's settings are
    "HOME", "PATH", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "SLURM_CONF", "SSH_AUTH_SOCK",
    "XDG_RUNTIME_DIR",
    // who is root by sudo(8)
    "SUDO_UID",
    // whom to trust on servers
    "CURL_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"};

// Where the programs of the system's administrator are, which a `su` without `-` leaves out.
constexpr const char* kSystemsPrograms =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_kept(const std::string& name) {
  return std::ranges::find(kKept, name) != std::end(kKept) ||
         std::ranges::find(kProxyVariables, name) != std::end(kProxyVariables);
}

}  // namespace

void keep_known_variables() {
  std::vector<std::pair<std::string, std::string>> kept;
  for (char** each = environ; *each; ++each) {
    const std::string entry = *each;
    const size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    if (equals != std::string::npos && is_kept(name))
      kept.emplace_back(name, entry.substr(equals + 1));
  }
  clearenv();
  for (const auto& [name, value] : kept) setenv(name.c_str(), value.c_str(), 1);
  const char* path = std::getenv("PATH");
  setenv("PATH", ((path ? std::string(path) + ":" : "") + kSystemsPrograms).c_str(), 1);
  setenv("LANG", "C.UTF-8", 1);
}

}  // namespace baker
