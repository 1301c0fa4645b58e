#include "link.h"

#include <baker/sdk/options.h>
#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

Link link_in(const Json& entry) {
  Link link;
  link.name = entry.at("ifname").get<std::string>();
  link.alias = entry.value("ifalias", "");
  link.mac = entry.value("address", "");
  for (const Json& flag : entry.at("flags")) link.up = link.up || flag == "UP";
  const Json info = entry.value("linkinfo", Json::object());
  link.kind = info.value("info_kind", "");
  const Json data = info.value("info_data", Json::object());
  link.forwards_at_once = data.value("stp_state", 1) == 0 && data.value("forward_delay", 1) == 0;
  for (const Json& each : entry.value("addr_info", Json::array())) {
    if (each.value("family", "") != "inet") continue;
    link.addresses.push_back(Subnet::from(fmt::format("{}/{}", each.at("local").get<std::string>(),
                                                      each.at("prefixlen").get<int>())));
  }
  return link;
}

}  // namespace

std::vector<Link> links_in(const std::string& json) {
  try {
    std::vector<Link> links;
    for (const Json& entry : Json::parse(json)) {
      if (!entry.empty()) links.push_back(link_in(entry));
    }
    return links;
  } catch (const Json::exception& error) {
    throw StageError("`ip -json -details address show` says what baker can't read: " +
                     std::string(error.what()));
  }
}

const Link* find_link(const std::vector<Link>& links, const std::string& name) {
  auto found = std::ranges::find(links, name, &Link::name);
  return found == links.end() ? nullptr : &*found;
}

}  // namespace baker
