// `network`: the bridge that machines are joined by. One of baker's own carries a mark, and what
// carries none is never touched. The kernel is asked and told through `ip`, once each.
#include "bridge.h"

#include <baker/stage.h>

#include <filesystem>
#include <string>
#include <vector>

namespace baker {
namespace {

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
  throw StageError("can't " + doing + ": ip says: " + said + "\nIt was told:\n" + batch);
}

struct BridgeStage : HostStage {
  Applied apply(Host& host, const Options& options) override {
    const Bridge bridge = bridge_in(options);
    if (options.string("mode") == "existing") {
      if (bridge.address) {
        throw StageError(
            "`address` is for a bridge of baker's own, and with `mode = \"existing\"` "
            "baker changes nothing of bridge \"" +
            bridge.name + "\": leave one of them out");
      }
      require_existing(bridge.name, links_of(host));
      return {};
    }
    const bool ipv6 = std::filesystem::exists("/proc/net/if_inet6");
    const std::vector<std::string> lines = lines_to_make(bridge, links_of(host), ipv6);
    if (lines.empty()) return {};
    run_lines(host, lines, "set up bridge \"" + bridge.name + "\"");
    context().info("set up bridge " + bridge.name);
    return {};
  }

  void remove(Host& host, const Options& options) override {
    if (options.string("mode") == "existing") return;
    const Bridge bridge = bridge_in(options);
    const std::vector<std::string> lines = lines_to_remove(bridge, links_of(host));
    if (!lines.empty()) run_lines(host, lines, "remove bridge \"" + bridge.name + "\"");
  }
};

}  // namespace

BAKER_STAGE(BridgeStage)

}  // namespace baker
