#include "engine/remote/remote_reference.h"

#include "engine/base/error.h"
#include "engine/base/text.h"

#include <array>
#include <regex>

namespace baker {
namespace {

using Transport = RemoteReference::Transport;

struct Scheme {
  std::string_view prefix;
  Transport transport;
  bool tls;
};
constexpr std::array kSchemes = {
    Scheme{"oci://", Transport::kOci, true}, Scheme{"oci+http://", Transport::kOci, false},
    Scheme{"https://", Transport::kHttp, true}, Scheme{"http://", Transport::kHttp, false}};

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  const size_t at = text.find('@');  // what stands before it may be a password
  const std::string shown =
      at == std::string_view::npos ? std::string(text) : "…" + std::string(text.substr(at));
  throw Error(ErrorCode::kInvalid,
              "the remote \"" + shown + "\" is no reference: " + why +
                  ". One looks like oci://registry.example:5000/team/baker, or "
                  "https://files.example/baker");
}

bool is_loopback(std::string_view host) {
  const std::string_view name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  static const std::regex ipv4("127(\\.[0-9]{1,3}){3}");
  return name == "localhost" || name == "[::1]" || std::regex_match(name.begin(), name.end(), ipv4);
}

void check_host(std::string_view text, const std::string& host) {
  static const std::regex form("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:([0-9]{1,5}))?");
  std::smatch parts;
  if (host.find('@') != std::string::npos)
    refuse(text, "passwords belong into the file that skopeo and podman read them from");
  if (!std::regex_match(host, parts, form)) refuse(text, "\"" + host + "\" is no host");
  if (parts[3].matched && (std::stoi(parts[3]) == 0 || std::stoi(parts[3]) > 65535))
    refuse(text, parts[3].str() + " is no port");
}

// As the distribution specification has it.
void check_repository(std::string_view text, const std::string& name) {
  static const std::regex form(
      "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
  if (name.empty()) refuse(text, "after the host it names a repository");
  if (!std::regex_match(name, form))
    refuse(text,
           "\"" + name + "\" is no repository: small letters, digits, and . _ - / between them");
}

void check_path(std::string_view text, const std::string& path) {
  static const std::regex form("[A-Za-z0-9._~/-]*");
  if (!std::regex_match(path, form) || path.find("..") != std::string::npos)
    refuse(text, "\"" + path + "\" is no path that every server takes");
}

}  // namespace

RemoteReference RemoteReference::parse(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.prefix)) continue;
    std::string rest(text.substr(scheme.prefix.size()));
    const size_t slash = rest.find('/');
    RemoteReference reference{.transport = scheme.transport,
                              .tls = scheme.tls,
                              .host = rest.substr(0, slash),
                              .path = slash == std::string::npos ? "" : rest.substr(slash + 1)};
    while (reference.path.ends_with('/')) reference.path.pop_back();
    check_host(text, reference.host);
    if (scheme.transport == Transport::kOci) {
      check_repository(text, reference.path);
      reference.may_lack_tls = scheme.tls && is_loopback(reference.host);
    } else {
      check_path(text, reference.path);
    }
    return reference;
  }
  refuse(text, "it begins with none of oci://, oci+http://, https:// and http://");
}

std::string RemoteReference::origin() const {
  return (tls ? "https://" : "http://") + host;
}

}  // namespace baker
