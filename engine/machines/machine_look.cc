#include "engine/machines/machine_look.h"

#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/machines/machine_cgroup.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <set>

namespace baker {
namespace {

constexpr std::string_view kLeaf = "|-- ";

std::string of_process(pid_t process, const std::string& file) {
  return read_file_if_exists(fmt::format("/proc/{}/{}", process, file)).value_or("");
}

// fib_trie lists each local address as a leaf, with "/32 host LOCAL" in the line that follows.
void add_ipv4(pid_t init, std::set<std::string>& addresses) {
  std::string leaf;
  for (const std::string& line : split(of_process(init, "net/fib_trie"), '\n')) {
    if (const size_t at = line.find(kLeaf); at != std::string::npos) {
      leaf = line.substr(at + kLeaf.size());
    } else if (line.find("/32 host LOCAL") != std::string::npos && !leaf.starts_with("127.")) {
      addresses.insert(leaf);
    }
  }
}

// "fe80000000000000...0001 02 40 20 80 host0": address, index, prefix, scope (00: global).
void add_ipv6(pid_t init, std::set<std::string>& addresses) {
  for (const std::string& line : split(of_process(init, "net/if_inet6"), '\n')) {
    std::vector<std::string> fields = split(line, ' ');
    if (fields.size() < 4 || fields[0].size() != 32 || fields[3] != "00") continue;
    std::string text;
    for (size_t i = 0; i < 32; i += 4) text += (i > 0 ? ":" : "") + fields[0].substr(i, 4);
    in6_addr address;
    char shown[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, text.c_str(), &address) == 1 &&
        inet_ntop(AF_INET6, &address, shown, sizeof shown))
      addresses.insert(shown);
  }
}

// The folder of the machine's own cgroup, in each hierarchy that systemd in it may use.
std::vector<std::string> cgroups_of(pid_t init) {
  constexpr std::string_view kScope = "/init.scope";
  std::vector<std::string> folders;
  for (const std::string& line : split(of_process(init, "cgroup"), '\n')) {
    const size_t path = line.find(":/");
    if (path == std::string::npos || !line.ends_with(kScope)) continue;
    const std::string below = line.substr(path + 1, line.size() - path - 1 - kScope.size());
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"})
      folders.push_back(root + below);
  }
  return folders;
}

}  // namespace

std::vector<std::string> addresses_in(pid_t init) {
  std::set<std::string> addresses;
  add_ipv4(init, addresses);
  add_ipv6(init, addresses);
  return {addresses.begin(), addresses.end()};
}

std::vector<std::string> services_in(pid_t init) {
  constexpr std::string_view kService = ".service";
  std::set<std::string> services;
  for (const std::string& machine : cgroups_of(init)) {
    const std::string slice = machine + "/system.slice";
    for (const std::string& name : list_directory(slice)) {
      if (!name.ends_with(kService) || name.starts_with("systemd-") || name.starts_with("dbus") ||
          !is_populated(slice + "/" + name))
        continue;
      services.insert(name.substr(0, name.size() - kService.size()));
    }
  }
  return {services.begin(), services.end()};
}

}  // namespace baker
