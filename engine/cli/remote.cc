#include "engine/cli/remote.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/programs.h"
#include "engine/io/process.h"
#include "engine/remote/remote_reference.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
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

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

std::optional<RemoteSettings> remote_of(const Settings& settings) {
  RemoteSettings remote = read_host_settings().remote;
  if (!settings.remote.empty()) remote.url = settings.remote;
  replace_by_environment(remote.key_file, "BAKER_REMOTE_KEY");
  std::string trusted;
  replace_by_environment(trusted, "BAKER_REMOTE_TRUST");
  for (const std::string& key : split(trusted, ','))
    if (!key.empty()) remote.trust.push_back(key);
  if (remote.url.empty() || settings.offline) return std::nullopt;
  RemoteReference::parse(remote.url);
  check_keys(remote.trust);
  return remote;
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
                          const std::function<void(const nlohmann::json&)>& on_event) {
  Pipe events = make_pipe();
  const UniqueFd sent = memory_file(request.dump());
  SpawnOptions options;
  options.argv = {own_program("baker-remote"), what};
  options.descriptors = {{sent.get(), 0}, {events.write_end.get(), 1}, {2, 2}};
  Process helper(options);
  events.write_end.reset();
  const std::unique_ptr<std::FILE, CloseFile> lines(fdopen(events.read_end.release(), "r"));
  std::string reply;
  bool ok = false;
  char* line = nullptr;
  size_t size = 0;
  while (getline(&line, &size, lines.get()) > 0) {
    const nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object()) continue;
    if (event.value("event", "") == "result") {
      ok = event.value("status", 1) == 0;
      reply = event.value("reply", "");
    } else if (on_event) {
      on_event(event);
    }
  }
  std::free(line);
  if (!helper.wait().ok() || !ok)
    throw Error(reply.empty() ? "baker-remote ended without an answer" : reply);
  return nlohmann::json::parse(reply, nullptr, false);
}

}  // namespace baker
