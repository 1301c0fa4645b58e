#include "lent_way.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "apt_output.h"
#include "host-apt/host_archives.h"
#include "host-apt/host_files.h"
#include "host-apt/keyring_form.h"
#include "host-apt/way_to_servers.h"
#include "resolve.h"
#include "text/text.h"

namespace baker::apt {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCertificates = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* kSettings = "/etc/apt/apt.conf.d/99baker-way-of-the-host";

std::string without_slash(std::string uri) {
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

// Whose archive lies at the address, a mirror of the distribution's own among them; empty: somebody
// else's, or one of the past, or of debug symbols.
std::string owner_of(const std::string& uri) {
  static const std::regex kDebian(
      R"(https?://((cdn-fastly\.)?deb|security|httpredir|ftp(\.[a-z]{2})?)\.debian\.org(:\d+)?/debian(-security)?/?)");
  static const std::regex kUbuntu(
      R"(https?://(([a-z]{2}\.)?archive|security|ports)\.ubuntu\.com(:\d+)?/ubuntu(-ports)?/?)");
  if (std::regex_match(uri, kDebian)) return "Debian";
  return std::regex_match(uri, kUbuntu) ? "Ubuntu" : "";
}

std::vector<std::string> source_files(const Root& root) {
  std::vector<std::string> files = {"/etc/apt/sources.list"};
  for (const std::string& name : root.list("/etc/apt/sources.list.d"))
    files.push_back("/etc/apt/sources.list.d/" + name);
  std::erase_if(files, [&root](const std::string& file) { return !root.exists(file); });
  return files;
}

// An address is no part of a longer one: …/debian is another archive than …/debian-security.
bool ends_there(const std::string& text, std::size_t at) {
  return at == text.size() || text[at] == '/' || text[at] == ' ' || text[at] == '\t' ||
         text[at] == '\n';
}

void replace_in_sources(Root& root, const std::string& from, const std::string& to) {
  for (const std::string& file : source_files(root)) {
    std::string text = root.read_file(file);
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
      const bool whole = ends_there(text, at + from.size());
      if (whole) text.replace(at, from.size(), to);
      at += whole ? to.size() : from.size();
    }
    root.write_file(file, text);
  }
}

// Of mirror+file:/etc/apt/mirrors/debian.list; apt-transport-mirror(1).
std::vector<std::string> read_mirror_list(const Network& network, Root& root,
                                          const std::string& uri) {
  const std::string list = without_slash(uri.substr(uri.find(':') + 1));
  std::string text;
  if (uri.starts_with("mirror+file:")) {
    text = host_file(list);
    root.write_file(list, text);
  } else {
    text = network.get((uri.starts_with("mirror+https:") ? "https:" : "http:") + list);
  }
  std::vector<std::string> mirrors;
  for (const std::string& line : lines_of(text)) {
    const std::string mirror = line.substr(0, line.find_first_of(" \t"));
    if (!mirror.empty() && !mirror.starts_with('#')) mirrors.push_back(without_slash(mirror));
  }
  return mirrors;
}

// In this root a mirror's own key takes the place of the ones that entries name.
void lend_key(Root& root, const HostArchive& mirror, std::size_t number) {
  const std::string signed_by = mirror.entry.signed_by();
  if (signed_by.empty() && !mirror.entry.is_trusted()) return;
  for (const std::string& file : source_files(root)) {
    std::string text = root.read_file(file);
    if (text.find(without_slash(mirror.uri)) == std::string::npos) continue;
    text = std::regex_replace(
        text, std::regex("(^|\n)Signed-By:[^\n]*(\n[ \t][^\n]*)*", std::regex::icase), "$1");
    text = std::regex_replace(text, std::regex(R"(signed-by=[^\s\]]+)"), "");
    if (mirror.entry.is_trusted()) {
      text = std::regex_replace(text, std::regex("(^|\n)Types:"), "$1Trusted: yes\nTypes:");
      text = std::regex_replace(text, std::regex("(^|\n)deb +\\["), "$1deb [trusted=yes ");
      text = std::regex_replace(text, std::regex("(^|\n)deb +([a-z])"), "$1deb [trusted=yes] $2");
    }
    root.write_file(file, text);
  }
  std::istringstream paths(signed_by);
  for (std::string path; std::getline(paths, path, ',');) {
    const std::string key = host_file(path);
    const std::string ending = keyring_ending(key);
    if (ending.empty()) continue;
    root.write_file("/etc/apt/trusted.gpg.d/baker-" + std::to_string(number) + "-" +
                        fs::path(path).stem().string() + ending,
                    key);
  }
}

void lend_keyrings(Root& root) {
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator("/etc/apt/trusted.gpg.d", absent)) {
    const std::string path = entry.path();
    if (!root.exists(path)) root.write_file(path, host_file(path));
  }
}

bool fits(const HostArchive& archive, const Repository& repository) {
  const bool wants_security = repository.release.ends_with("-security");
  const bool is_security =
      archive.names.suite.ends_with("-security") || archive.names.codename.ends_with("-security");
  return distribution_of(archive.names) == owner_of(repository.base) &&
         wants_security == is_security && owner_of(archive.uri).empty() &&
         (archive.uri.starts_with("http") || archive.uri.starts_with("mirror+"));
}

bool has_release(const Network& network, const Context& context, HostArchive mirror,
                 const std::string& release) {
  if (mirror.release == release) return true;  // it has just answered for that
  mirror.release = release;
  return answer_all(network, context, {entry_line(mirror)});
}

// The distribution's own addresses in the root's sources become those of the host's mirrors.
void lend_mirrors(Network& network, const Context& context, LentWay& way) {
  Root& root = network.root();
  const std::vector<Repository> repositories = repositories_in(root);
  const bool any_own = std::ranges::any_of(
      repositories, [](const Repository& each) { return !owner_of(each.base).empty(); });
  const bool any_mirror =
      any_own && std::ranges::any_of(host_entry_uris(network),
                                     [](const std::string& uri) { return owner_of(uri).empty(); });
  if (!any_mirror) return;
  const HostArchives host = ask_host_archives(network, context);
  std::size_t number = 0;
  for (const Repository& repository : repositories) {
    if (owner_of(repository.base).empty()) continue;
    const auto mirror = std::ranges::find_if(host.archives, [&](const HostArchive& each) {
      return fits(each, repository) && has_release(network, context, each, repository.release);
    });
    if (mirror == host.archives.end()) continue;
    replace_in_sources(root, without_slash(repository.base), without_slash(mirror->uri));
    if (mirror->uri.starts_with("mirror+"))
      way.mirror_lists[without_slash(mirror->uri)] = read_mirror_list(network, root, mirror->uri);
    lend_key(root, *mirror, number++);
  }
  if (number > 0) lend_keyrings(root);
}

}  // namespace

LentWay lend_way(Network& network, const Context& context) {
  LentWay way;
  Root& root = network.root();
  if (!fs::exists("/usr/bin/apt-get")) return way;
  lend_mirrors(network, context, way);
  std::vector<std::string> servers;
  for (const Repository& repository : repositories_in(root)) servers.push_back(repository.base);
  const WayToServers host = way_from_a_root(network, servers);
  way.is_plain = host.is_plain();
  std::string settings;
  for (const std::string& setting : host.settings) settings += setting + "\n";
  root.write_file(kSettings, settings);
  for (const auto& [path, content] : host.files) root.write_file(path, content);
  if (fs::exists(kCertificates)) root.write_file(kCertificates, host_file(kCertificates));
  return way;
}

std::vector<std::string> without_mirror_lists(const std::string& url, const LentWay& way) {
  for (const auto& [list, mirrors] : way.mirror_lists) {
    if (!url.starts_with(list + "/")) continue;
    std::vector<std::string> urls;
    for (const std::string& mirror : mirrors) urls.push_back(mirror + url.substr(list.size()));
    return urls;
  }
  return {url};
}

}  // namespace baker::apt
