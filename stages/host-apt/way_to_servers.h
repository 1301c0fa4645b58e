// How the host's apt gets to servers: by which proxies, with which certificates and passwords.
// Nothing of it may come into a layer, a lock file or a log.
#pragma once

#include <baker/stage.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

struct WayToServers {
  std::vector<std::string> settings{};         // lines of apt.conf(5)
  std::map<std::string, std::string> files{};  // what they name, and auth.conf(5): path → content
  bool is_plain() const { return settings.empty() && files.empty(); }
};

// Asks `apt-config` of the host. Nothing where the host has no apt.
WayToServers way_to_servers(const Network& network);

// The same for an apt that can't run the host's programs: a proxy that one of them finds is asked
// for each of these servers ("http://example.org/debian").
WayToServers way_from_a_root(const Network& network, const std::vector<std::string>& servers);

// Of the output of `apt-config dump`: what is about the way.
std::vector<std::string> settings_of_the_way(std::string_view dump);

}  // namespace baker
