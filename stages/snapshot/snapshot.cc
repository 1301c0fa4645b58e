// Makes a root a machine of its own: a name, a clean identity, a network, and its .nspawn file.
#include <baker/stage.h>

#include <cstdint>
#include <string>

#include "first_boot.h"

namespace {

using baker::Options;
using baker::Root;

std::string host_name(const Options& options) {
  const std::string given = options.string("hostname");
  return given.empty() ? options.string("machine") : given;
}

// A node whose own name does not resolve waits 20 seconds before each JVM logs its first line.
std::string hosts_file(const Options& options) {
  std::string text = "127.0.0.1 localhost\n127.0.1.1 " + host_name(options) +
                     "\n::1 localhost ip6-localhost ip6-loopback\n";
  for (const std::string& line : options.strings("hosts")) text += line + "\n";
  return text;
}

// An empty machine id is filled at first boot; one that was baked in would be everybody's.
void give_identity(Root& root, const Options& options) {
  root.write_file("/etc/machine-id", "", {.mode = 0444});
  root.remove("/var/lib/dbus/machine-id");
  root.remove("/var/lib/systemd/random-seed");
  root.write_file("/etc/hostname", host_name(options) + "\n");
  root.write_file("/etc/hosts", hosts_file(options));
  baker::snapshot::have_identities_made(root);
}

// The root may hold the host's name servers. On a private bridge none answers, and every lookup
// would wait for it. A given one that is down is waited for as briefly as the resolver can.
void give_name_servers(Root& root, const std::vector<std::string>& servers) {
  std::string text = "options timeout:1 attempts:1\n";
  for (const std::string& server : servers) text += "nameserver " + server + "\n";
  root.remove("/etc/resolv.conf");
  root.write_file("/etc/resolv.conf", text);
}

void give_network(Root& root, const Options& options) {
  give_name_servers(root, options.strings("nameservers"));
  const std::string address = options.string("address");
  if (address.empty()) return;
  std::string text = "[Match]\nName=host0\n\n[Network]\nAddress=" + address +
                     "\nLinkLocalAddressing=no\nConfigureWithoutCarrier=yes\n";
  if (const std::string gateway = options.string("gateway"); !gateway.empty())
    text += "Gateway=" + gateway + "\n";
  root.write_file("/etc/systemd/network/10-host0.network", text);
}

// systemd.nspawn(5). Keys and values are one line each; a path with a colon or a blank is escaped.
std::string escaped(const std::string& path) {
  std::string text;
  for (char c : path) {
    if (c == '\n') throw baker::StageError("a path in `bind` contains a line break");
    if (c == ':' || c == '\\' || c == ' ') text += '\\';
    text += c;
  }
  return text;
}

std::string users(bool own_users, std::uint32_t first_id) {
  if (!own_users) return "PrivateUsers=no\n";
  return first_id == 0 ? "PrivateUsers=pick\n"
                       : "PrivateUsers=" + std::to_string(first_id) + ":65536\n";
}

std::string settings(const Options& options, bool own_users, std::uint32_t first_id) {
  std::string text =
      "# Written by baker; the next run undoes changes.\n"
      "[Exec]\nBoot=yes\nLinkJournal=no\nResolvConf=off\nHostname=" +
      host_name(options) + "\n";
  text += users(own_users, first_id);
  text += "\n[Network]\nVirtualEthernet=yes\n";
  if (const std::string bridge = options.string("bridge"); !bridge.empty())
    text += "Bridge=" + bridge + "\n";
  text += "\n[Files]\n";
  if (own_users)
    text += std::string("PrivateUsersOwnership=") + (first_id == 0 ? "map" : "off") + "\n";
  for (const auto& [in_machine, on_host] : options.string_map("bind"))
    text +=
        "Bind=" + escaped(on_host) + ":" + escaped(in_machine) + (own_users ? ":idmap\n" : "\n");
  return text;
}

// Each is a line of a file.
void check_lines(const Options& options) {
  for (const std::string& line : options.strings("hosts"))
    if (line.find('\n') != std::string::npos)
      throw baker::StageError("`hosts` contains a line break: \"" + line + "\"");
  for (const auto& [in_machine, on_host] : options.string_map("bind"))
    escaped(in_machine + on_host);
}

struct Snapshot : baker::HostStage {
  baker::Applied apply(baker::Host& host, const Options& options) override {
    check_lines(options);
    baker::Host::Tree tree = host.prepare_machine(options.string("machine"));
    give_identity(tree.root, options);
    give_network(tree.root, options);
    // nspawn does not start a machine whose bind is missing. A folder that is made belongs to whom
    // the folder in the machine belongs.
    std::vector<std::string> data;
    for (const auto& [in_machine, on_host] : options.string_map("bind")) {
      if (!tree.root.exists(in_machine)) tree.root.make_directory(in_machine, {.mode = 0755});
      if (host.make_folder(on_host, *tree.root.status(in_machine))) data.push_back(on_host);
    }
    const bool own_users = has_own_users(host, tree, options);
    return {{{options.string("machine"), tree.name, settings(options, own_users, tree.first_id),
              tree.method, data, own_users}}};
  }

 private:
  // Root in the machine is then nobody on the host. All that it sees must allow it. A tree that is
  // mounted was seen to when its ids were given.
  bool has_own_users(const baker::Host& host, const baker::Host::Tree& tree,
                     const Options& options) {
    if (!options.boolean("private-users")) return false;
    std::vector<std::string> places;
    if (tree.first_id == 0) places.push_back(tree.name);
    for (const auto& [in_machine, on_host] : options.string_map("bind")) places.push_back(on_host);
    for (const std::string& place : places) {
      if (host.can_map_ids(place)) continue;
      context().warn("root in machine \"" + options.string("machine") +
                     "\" is root on the host: the file system of " + place +
                     " can't map owners (ext4, xfs and btrfs can)");
      return false;
    }
    return true;
  }
};

}  // namespace

BAKER_STAGE(Snapshot)
