#include "engine/bake/step_runner.h"

#include "engine/base/error.h"
#include "engine/base/text.h"

#include <regex>
#include <set>

namespace baker {
namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw Error(ErrorCode::kInvalid, "\"" + text + "\" names no hosts: " + why +
                                       ". It looks like ssh:host1,host2, slurm or slurm:PARTITION");
}

std::vector<std::string> hosts_in(const std::string& text) {
  static const std::regex form("[A-Za-z0-9_][A-Za-z0-9_.@:%-]*");
  std::set<std::string> seen;
  std::vector<std::string> hosts = split(text.substr(text.find(':') + 1), ',');
  for (const std::string& host : hosts) {
    if (!std::regex_match(host, form)) refuse(text, "\"" + host + "\" is no host");
    if (!seen.insert(host).second) refuse(text, host + " is there twice");
  }
  return hosts;
}

}  // namespace

std::unique_ptr<StepRunner> step_runner(const std::string& text, unsigned jobs) {
  if (text.starts_with("ssh:")) return ssh_runner(hosts_in(text));
  if (text == "slurm") return slurm_runner("", jobs);
  if (text.starts_with("slurm:") && text.size() > 6) return slurm_runner(text.substr(6), jobs);
  refuse(text, "it begins with neither ssh: nor slurm");
}

}  // namespace baker
