#include "way_to_servers.h"

#include <filesystem>
#include <regex>
#include <utility>

#include "host_files.h"
#include "text/text.h"

namespace baker {
namespace {

namespace fs = std::filesystem;

// Acquire::http::Proxy::example.org "http://proxy.example.net:3128";
const std::regex& line_of_the_way() {
  static const std::regex kLine(
      R"re((Acquire::https?::(?:Proxy|Proxy-Auto-Detect|ProxyAutoDetect|CaInfo|CaPath|CRLFile|)re"
      R"re(IssuerCert|SslCert|SslKey|SslForceVersion|Verify-Peer|Verify-Host)(?:::\S+)?) "(.*)";)re",
      std::regex::icase);
  return kLine;
}

std::string host_of(const std::string& server) {
  static const std::regex kHost(R"(\w+://([^/:]+).*)");
  std::smatch host;
  return std::regex_match(server, host, kHost) ? host[1].str() : "";
}

bool is_program(const std::string& key) {
  return key.find("Detect") != std::string::npos;
}

// apt's own manual: the program is given an address, and prints a proxy's or DIRECT.
void ask_program(const Network& network, const std::string& program, const std::string& scheme,
                 const std::vector<std::string>& servers, WayToServers& way) {
  for (const std::string& server : servers) {
    if (!server.starts_with(scheme + "://")) continue;
    std::string proxy =
        network.run({.argv = {program, server}, .capture = true, .check = false}).output;
    proxy = proxy.substr(0, proxy.find('\n'));
    if (!proxy.empty())
      way.settings.push_back("Acquire::" + scheme + "::Proxy::" + host_of(server) + " \"" + proxy +
                             "\";");
  }
}

void add_passwords(WayToServers& way) {
  std::error_code absent;
  std::vector<fs::path> files = {"/etc/apt/auth.conf"};
  for (const auto& entry : fs::directory_iterator("/etc/apt/auth.conf.d", absent))
    files.push_back(entry.path());
  for (const fs::path& file : files)
    if (fs::is_regular_file(file, absent)) way.files[file] = host_file(file);
}

}  // namespace

std::vector<std::string> settings_of_the_way(std::string_view dump) {
  std::vector<std::string> settings;
  for (const std::string& line : lines_of(std::string(dump))) {
    std::smatch part;
    if (std::regex_match(line, part, line_of_the_way()) && !part[2].str().empty())
      settings.push_back(line);
  }
  return settings;
}

WayToServers way_to_servers(const Network& network) {
  WayToServers way;
  if (!fs::exists("/usr/bin/apt-config")) return way;
  const CommandResult dump = network.run({.argv = {"apt-config", "dump"}, .capture = true});
  way.settings = settings_of_the_way(dump.output);
  for (const std::string& line : way.settings) {
    std::smatch part;
    std::regex_match(line, part, line_of_the_way());
    const std::string key = part[1], value = part[2];
    std::error_code absent;
    if (!is_program(key) && value.starts_with('/') && fs::is_regular_file(value, absent))
      way.files[value] = host_file(value);
  }
  add_passwords(way);
  return way;
}

WayToServers way_from_a_root(const Network& network, const std::vector<std::string>& servers) {
  WayToServers way = way_to_servers(network);
  std::vector<std::string> settings = std::exchange(way.settings, {});
  for (const std::string& line : settings) {
    std::smatch part;
    std::regex_match(line, part, line_of_the_way());
    const std::string key = part[1];
    if (is_program(key))
      ask_program(network, part[2], key.starts_with("Acquire::https") ? "https" : "http", servers,
                  way);
    else
      way.settings.push_back(line);
  }
  return way;
}

}  // namespace baker
