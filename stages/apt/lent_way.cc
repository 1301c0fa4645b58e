#include "lent_way.h"

#include <filesystem>

#include "apt_output.h"
#include "host-apt/host_files.h"
#include "host-apt/way_to_servers.h"
#include "resolve.h"

namespace baker::apt {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCertificates = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* kSettings = "/etc/apt/apt.conf.d/99baker-way-of-the-host";

}  // namespace

LentWay lend_way(Network& network, const Context& context) {
  LentWay way;
  Root& root = network.root();
  if (!fs::exists("/usr/bin/apt-get")) return way;
  way.mirror_lists = lend_mirrors(network, context);
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
