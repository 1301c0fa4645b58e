#include "engine/cli/remote.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/programs.h"
#include "engine/remote/ask_remote.h"
#include "engine/remote/remote_reference.h"

#include <unistd.h>

#include <cstdlib>
#include <regex>

namespace baker {
namespace {

void replace_by_environment(std::string& value, const char* name) {
  if (const char* text = std::getenv(name); text && *text) value = text;
}

void check_keys(const std::vector<std::string>& keys) {
  static const std::regex form("[A-Za-z0-9+/]{43}=");
  for (const std::string& key : keys)
    if (!std::regex_match(key, form))
      throw Error(ErrorCode::kInvalid,
                  "\"" + key +
                      "\", which is to be trusted, is no public key: `baker remote key` "
                      "prints one");
}

// Of the host's settings, the command line and the environment.
RemoteSettings merged(const Settings& settings) {
  RemoteSettings remote = read_host_settings().remote;
  if (!settings.remote.empty()) remote.url = settings.remote;
  replace_by_environment(remote.key_file, "BAKER_REMOTE_KEY");
  std::string trusted;
  replace_by_environment(trusted, "BAKER_REMOTE_TRUST");
  for (const std::string& key : split(trusted, ','))
    if (!key.empty()) remote.trust.push_back(key);
  return remote;
}

RemoteSettings checked(RemoteSettings remote) {
  if (!remote.url.empty()) RemoteReference::parse(remote.url);
  check_keys(remote.trust);
  return remote;
}

}  // namespace

RemoteSettings remote_settings(const Settings& settings) {
  return checked(merged(settings));
}

std::optional<RemoteSettings> remote_of(const Settings& settings) {
  RemoteSettings remote = merged(settings);
  if (remote.url.empty() || settings.offline) return std::nullopt;
  return checked(std::move(remote));
}

RemoteSettings needed_remote(const Settings& settings) {
  const std::optional<RemoteSettings> remote = remote_of(settings);
  if (remote) return *remote;
  throw Error(ErrorCode::kInvalid,
              "no shared cache is set: --remote, BAKER_REMOTE, or `url` of [remote] in " +
                  std::string(kHostSettingsFile));
}

nlohmann::json request_to(const RemoteSettings& remote) {
  return {{"remote", remote.url},
          {"trust", remote.trust},
          {"key-file", may_push(remote) ? remote.key_file : ""},
          {"auth-file", remote.auth_file},
          {"connect-timeout-ms", remote.connect_timeout * 1000},
          {"silence-seconds", remote.silence_timeout}};
}

bool may_push(const RemoteSettings& remote) {
  return access(remote.key_file.c_str(), R_OK) == 0;
}

nlohmann::json ask_remote(const std::string& what, const nlohmann::json& request,
                          const OnRemoteEvent& on_event, int interrupt_fd) {
  return ask_remote(own_program("baker-remote"), what, request, on_event, interrupt_fd);
}

}  // namespace baker
