#include "bridge.h"

#include <baker/sdk/error.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace baker {
namespace {

constexpr const char* kMarkStart = "baker:";

std::string kind_of(const Link& link) {
  return link.kind.empty() ? "a device" : "of the kind " + link.kind;
}

[[noreturn]] void refuse(const Link& link) {
  const std::string quoted = "\"" + link.name + "\"";
  if (link.kind != "bridge") {
    throw StageError("the host has an interface " + quoted +
                     " already, and it is not a bridge but " + kind_of(link) +
                     ": choose another name for `bridge`");
  }
  if (link.alias.starts_with(kMarkStart)) {
    const std::string owner = link.alias.substr(std::string(kMarkStart).size());
    throw StageError("bridge " + quoted + " belongs to \"" + owner +
                     "\": choose another name for `bridge`, or destroy the pipeline \"" + owner +
                     "\"");
  }
  throw StageError("the host has a bridge " + quoted +
                   " already, which baker did not make: choose another name for `bridge`, or use "
                   "it as it is with `mode = \"existing\"`");
}

void require_free_subnet(const Bridge& bridge, const std::vector<Link>& links) {
  for (const Link& link : links) {
    if (!bridge.address || link.name == bridge.name) continue;
    for (const Subnet& taken : link.addresses) {
      if (!taken.overlaps(*bridge.address)) continue;
      throw StageError("address " + bridge.address->text() + " of bridge \"" + bridge.name +
                       "\" is in a subnet that the host has already: interface \"" + link.name +
                       "\" has " + taken.text() + "; choose another subnet");
    }
  }
}

}  // namespace

// FNV-1a; the first byte says that the address is locally administered.
std::string Bridge::mac() const {
  std::uint64_t hash = 14695981039346656037ULL;
  for (char c : mark() + "/" + name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  char text[18];
  std::snprintf(text, sizeof text, "02:%02x:%02x:%02x:%02x:%02x", unsigned(hash >> 32 & 0xff),
                unsigned(hash >> 24 & 0xff), unsigned(hash >> 16 & 0xff),
                unsigned(hash >> 8 & 0xff), unsigned(hash & 0xff));
  return text;
}

bool Bridge::is_ours(const Link& link) const {
  const bool unfinished = link.alias.empty() && link.mac == mac();
  return link.kind == "bridge" && (link.alias == mark() || unfinished);
}

std::vector<std::string> lines_to_make(const Bridge& bridge, const std::vector<Link>& links,
                                       bool host_has_ipv6) {
  const Link* there = find_link(links, bridge.name);
  if (there && !bridge.is_ours(*there)) refuse(*there);
  require_free_subnet(bridge, links);
  const Link have = there ? *there : Link{};
  const std::string forwarding = " type bridge stp_state 0 forward_delay 0";
  std::vector<std::string> lines;
  if (!there) {
    lines.push_back("link add " + bridge.name + " address " + bridge.mac() + forwarding);
  } else if (!have.forwards_at_once) {
    lines.push_back("link set " + bridge.name + forwarding);
  }
  if (have.alias.empty()) lines.push_back("link set " + bridge.name + " alias " + bridge.mark());
  for (const Subnet& each : have.addresses) {
    if (each != bridge.address)
      lines.push_back("address del " + each.text() + " dev " + bridge.name);
  }
  if (bridge.address && std::ranges::find(have.addresses, *bridge.address) == have.addresses.end())
    lines.push_back("address add " + bridge.address->text() + " dev " + bridge.name);
  // Nothing here speaks IPv6: no address of the link that would have to be found free.
  if (!have.up && host_has_ipv6) lines.push_back("link set " + bridge.name + " addrgenmode none");
  if (!have.up) lines.push_back("link set " + bridge.name + " up");
  return lines;
}

std::vector<std::string> lines_to_remove(const Bridge& bridge, const std::vector<Link>& links) {
  const Link* there = find_link(links, bridge.name);
  if (!there || !bridge.is_ours(*there)) return {};
  return {"link delete " + bridge.name};
}

void require_existing(const Bridge& bridge, const std::vector<Link>& links) {
  const std::string& name = bridge.name;
  const Link* link = find_link(links, name);
  if (!link) {
    throw StageError("the host has no bridge \"" + name +
                     "\": make it, or let baker make one of its own with `mode = \"private\"`");
  }
  if (link->kind != "bridge") {
    throw StageError("interface \"" + name + "\" is not a bridge but " + kind_of(*link) +
                     ": machines can only join a bridge");
  }
  if (!link->up) throw StageError("bridge \"" + name + "\" is down: ip link set " + name + " up");
  const bool reaches = std::ranges::any_of(link->addresses, [&](const Subnet& each) {
    return !bridge.address || each.overlaps(*bridge.address);
  });
  if (bridge.address && !reaches) {
    std::string have;
    for (const Subnet& each : link->addresses) have += (have.empty() ? "" : ", ") + each.text();
    throw StageError("on bridge \"" + name + "\" the host has " +
                     (have.empty() ? "no address" : have) + ", nothing in the subnet of " +
                     bridge.address->text() +
                     ": it would not reach the machines; choose the subnet that it has");
  }
}

}  // namespace baker
