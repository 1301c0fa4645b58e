// `avahi`: mDNS that can be relied on. What makes it slow elsewhere is decided here:
//   - names of the domain go to mDNS alone, and all others never: nss-mdns would ask DNS who is
//     responsible for "local." first, and wait for each server that does not answer;
//   - names have IPv4 addresses only, unless IPv6 is asked for;
//   - no second responder in the machine answers for the same port.
#include <baker/stage.h>
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "text/text.h"

namespace baker {
namespace {

bool has_library(const Root& root, const std::string& name) {
  for (const std::string& folder : root.list("/usr/lib")) {
    if (root.exists("/usr/lib/" + folder + "/" + name)) return true;
  }
  return root.exists("/usr/lib/" + name);
}

void require_packages(const Root& root, const std::string& nss_library) {
  std::vector<std::string> missing;
  if (!root.exists("/usr/sbin/avahi-daemon")) missing.push_back("\"avahi-daemon\"");
  if (!has_library(root, nss_library)) missing.push_back("\"libnss-mdns\"");
  if (missing.empty()) return;
  throw StageError(
      fmt::format("the root lacks {}: add `packages = [{}]` to an apt stage below this one",
                  joined(missing, " and "), joined(missing, ", ")));
}

std::string daemon_settings(const Options& options) {
  const bool ipv6 = options.boolean("ipv6");
  const auto interfaces = options.strings("interfaces");
  std::string text = "[server]\ndomain-name=" + options.string("domain") + "\nuse-ipv4=yes\n";
  text += std::string("use-ipv6=") + (ipv6 ? "yes" : "no") + "\n";
  // Over loopback a machine would find itself at 127.0.0.1.
  text += interfaces.empty() ? "deny-interfaces=lo\n"
                             : fmt::format("allow-interfaces={}\n", joined(interfaces, ","));
  text +=
      "disallow-other-stacks=yes\n"
      "\n[wide-area]\nenable-wide-area=no\n"
      "\n[publish]\npublish-addresses=yes\npublish-hinfo=no\npublish-workstation=no\n"
      "publish-domain=no\n";
  if (!ipv6) text += "publish-aaaa-on-ipv4=no\n";
  return text + "\n[reflector]\nenable-reflector=no\n";
}

// The `hosts` line replaced, all others as they are.
std::string with_hosts_line(const std::string& nsswitch, const std::string& hosts) {
  std::string text;
  for (size_t start = 0; start < nsswitch.size();) {
    const size_t end = std::min(nsswitch.find('\n', start), nsswitch.size());
    const std::string line = nsswitch.substr(start, end - start);
    if (!line.starts_with("hosts:")) text += line + "\n";
    start = end + 1;
  }
  return text + hosts;
}

void write_lookup_order(Root& root, const std::string& service) {
  constexpr const char* kFile = "/etc/nsswitch.conf";
  const std::string before = root.exists(kFile) ? root.read_file(kFile) : "";
  root.write_file(kFile, with_hosts_line(before, "hosts:          files " + service +
                                                     " [NOTFOUND=return] dns\n"));
}

// systemd-resolved brings a responder of its own.
void silence_resolved(Root& root) {
  if (!root.exists("/usr/lib/systemd/systemd-resolved")) return;
  root.write_file("/etc/systemd/resolved.conf.d/avahi.conf",
                  "[Resolve]\nMulticastDNS=no\nLLMNR=no\n");
}

void enable_service(Root& root) {
  const std::string units = "/lib/systemd/system/";
  const std::string wanted = "/etc/systemd/system/";
  root.make_symlink(wanted + "dbus-org.freedesktop.Avahi.service", units + "avahi-daemon.service");
  root.make_symlink(wanted + "multi-user.target.wants/avahi-daemon.service",
                    units + "avahi-daemon.service");
  root.make_symlink(wanted + "sockets.target.wants/avahi-daemon.socket",
                    units + "avahi-daemon.socket");
}

struct Avahi : LayerStage {
  void run(Root& root, const Options& options) override {
    // Not the _minimal services of nss-mdns: they do not read /etc/mdns.allow.
    const std::string service = options.boolean("ipv6") ? "mdns" : "mdns4";
    const std::string domain = options.string("domain");
    require_packages(root, "libnss_" + service + ".so.2");

    root.write_file("/etc/avahi/avahi-daemon.conf", daemon_settings(options));
    root.write_file("/etc/mdns.allow", "." + domain + ".\n." + domain + "\n");
    write_lookup_order(root, service);
    silence_resolved(root);
    enable_service(root);
  }
};

}  // namespace

BAKER_STAGE(Avahi)

}  // namespace baker
