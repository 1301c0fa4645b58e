#include "engine/base/text.h"
#include "engine/doctor/examine.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/io/program_answer.h"

#include <algorithm>

namespace baker {
namespace {

bool is_on(const char* switch_file) {
  return read_file_if_exists(switch_file).value_or("").starts_with("1");
}

// Docker sets this policy, and has bridges pass through the rules for routers.
bool drops_what_is_forwarded() {
  if (find_program("iptables")) {
    const std::string rules = ask_program({"iptables", "--list-rules", "FORWARD"}).text;
    if (rules.find("-P FORWARD DROP") != std::string::npos) return true;
  }
  if (!find_program("nft")) return false;
  const std::vector<std::string> lines = split(ask_program({"nft", "list", "ruleset"}).text, '\n');
  return std::ranges::any_of(lines, [](const std::string& line) {
    return line.find("hook forward") != std::string::npos &&
           line.find("policy drop") != std::string::npos;
  });
}

Finding of_bridges() {
  Finding finding{.topic = "bridges", .what = "machines on a bridge reach one another"};
  if (!is_on("/proc/sys/net/bridge/bridge-nf-call-iptables") || !drops_what_is_forwarded())
    return finding;
  finding.health = Health::kLimited;
  finding.what = "the firewall drops what is forwarded, on bridges too (Docker sets it up so)";
  finding.follows = "machines don't reach one another";
  finding.remedy = "sysctl net.bridge.bridge-nf-call-iptables=0";
  return finding;
}

}  // namespace

std::vector<Finding> examine_network() {
  return {of_bridges()};
}

}  // namespace baker
