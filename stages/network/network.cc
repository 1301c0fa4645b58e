// `network`: the bridge that machines are joined by. One of baker's own carries a mark, and what
// carries none is never touched. The kernel is asked and told through `ip`, once each.
#include "boot_unit.h"
#include "bridge.h"

#include <baker/stage.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace baker {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemdRuns = "/run/systemd/system";

bool has_ipv6() {
  return fs::exists("/proc/net/if_inet6");
}

// /sys/class/net may be that of another network namespace.
std::vector<Link> links_of(const Host& host) {
  return links_in(
      host.run({.argv = {"ip", "-json", "-details", "address", "show"}, .capture = true}).output);
}

Bridge bridge_in(const Options& options) {
  Bridge bridge{options.string("bridge"), options.string("owner"), {}};
  if (const std::string address = options.string("address"); !address.empty())
    bridge.address = Subnet::from(address);
  return bridge;
}

void run_lines(const Host& host, const std::vector<std::string>& lines, const std::string& doing) {
  std::string batch;
  for (const std::string& line : lines) batch += line + "\n";
  const CommandResult result = host.run({.argv = {"sh", "-c", "exec ip -batch - 2>&1"},
                                         .input = batch,
                                         .capture = true,
                                         .check = false});
  if (result.exit_status == 0) return;
  std::string said = result.output;
  while (said.ends_with('\n')) said.pop_back();
  throw StageError("can't " + doing + ": ip says: " + said + "\nIts input was:\n" + batch);
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_unit(const fs::path& file, const std::string& text) {
  std::ofstream stream(file);
  stream << text;
  stream.close();
  if (!stream) throw StageError("can't write " + file.string());
}

// systemctl would speak to systemd without D-Bus, which refuses whoever has a PID namespace of its
// own, as a stage does. What is not loaded again counts from the next boot on all the same.
void reload_systemd(const Host& host) {
  host.run({.argv = {"busctl", "--quiet", "call", "org.freedesktop.systemd1",
                     "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Reload"},
            .check = false});
}

struct BridgeStage : HostStage {
  Applied apply(Host& host, const Options& options) override {
    const Bridge bridge = bridge_in(options);
    set_up(host, bridge, options);
    set_boot_unit(host, bridge, options.boolean("autostart") ? wanted_unit(bridge, options) : "");
    return {};
  }

  void remove(Host& host, const Options& options) override {
    const Bridge bridge = bridge_in(options);
    set_boot_unit(host, bridge, "");
    if (options.string("mode") == "existing") return;
    const std::vector<std::string> lines = lines_to_remove(bridge, links_of(host));
    if (!lines.empty()) run_lines(host, lines, "remove bridge \"" + bridge.name + "\"");
  }

 private:
  void set_up(Host& host, const Bridge& bridge, const Options& options) const {
    if (options.string("mode") == "existing") {
      require_existing(bridge, links_of(host));
      return;
    }
    const std::vector<std::string> lines = lines_to_make(bridge, links_of(host), has_ipv6());
    if (lines.empty()) return;
    run_lines(host, lines, "set up bridge \"" + bridge.name + "\"");
    context().info("set up bridge " + bridge.name);
  }

  std::string wanted_unit(const Bridge& bridge, const Options& options) const {
    if (!fs::exists(kSystemdRuns)) {
      context().warn(
          "`autostart` needs a host that was booted with systemd, as this one was not: start the "
          "machines with `baker up` when it boots");
      return "";
    }
    for (const std::string& machine : options.strings("machines")) {
      if (!fs::exists("/var/lib/machines/" + machine))
        context().warn("`autostart` can't start machine \"" + machine +
                       "\": systemd knows machines in /var/lib/machines alone");
    }
    const bool ours = options.string("mode") == "private";
    return boot_unit_text(bridge,
                          ours ? lines_to_make(bridge, {}, has_ipv6()) : std::vector<std::string>{},
                          options.strings("machines"));
  }

  // Without a text there shall be no unit. systemd is told only where something changes.
  void set_boot_unit(Host& host, const Bridge& bridge, const std::string& text) const {
    const std::string name = boot_unit_name(bridge);
    const fs::path file = fs::path("/etc/systemd/system") / name;
    const std::string found = text_of(file);
    const bool enabled = fs::is_symlink(file.parent_path() / "machines.target.wants" / name);
    if (found == text && enabled == !text.empty()) return;
    const bool ours = found.empty() || is_boot_unit_of(bridge, found);
    if (text.empty() && ours) {
      host.run({.argv = {"systemctl", "--quiet", "--root=/", "disable", name}});
      fs::remove(file);
      reload_systemd(host);
    } else if (ours) {
      write_unit(file, text);
      host.run({.argv = {"systemctl", "--quiet", "--root=/", "enable", name}});
      reload_systemd(host);
      context().info("the host brings bridge " + bridge.name +
                     " and its machines back when it boots");
    } else if (!text.empty()) {
      throw StageError(file.string() + " exists, and \"" + bridge.owner +
                       "\" did not write it: remove it, or choose another name for `bridge`");
    }
  }
};

}  // namespace

BAKER_STAGE(BridgeStage)

}  // namespace baker
