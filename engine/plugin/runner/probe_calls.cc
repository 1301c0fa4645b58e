// machines.*: the running machines, for probes.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/io/root_dir.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/environment.h"
#include "engine/plugin/runner/run_command.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

using Json = Calls::Json;

// The number that /proc knows it by, which the kernel tells of the descriptor; -1 once it is gone.
pid_t process_of(int pidfd) {
  const std::string info = read_file(fmt::format("/proc/self/fdinfo/{}", pidfd));
  constexpr std::string_view kPid = "Pid:\t";
  for (const std::string& line : split(info, '\n'))
    if (line.starts_with(kPid)) return std::stoi(line.substr(kPid.size()));
  throw Error(fmt::format("descriptor {} is not a process", pidfd));
}

bool has_ended(const RequestMachine& machine) {
  return !is_alive(process_of(machine.fd));
}

int pidfd_of(const Calls& calls, const std::string& machine) {
  const std::vector<RequestMachine>& machines = calls.request().machines;
  auto found = std::ranges::find(machines, machine, &RequestMachine::name);
  if (found == machines.end() || has_ended(*found))
    throw Error("machine \"" + machine + "\" does not run");
  return found->fd;
}

std::string run_inside(const Calls& calls, const Json& command, std::string_view input) {
  std::vector<std::string> argv;
  for (const Json& word : command.at("argv")) argv.push_back(word.get<std::string>());
  const std::vector<std::string> environment =
      environment_with({"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOME=/root", "LC_ALL=C.UTF-8"},
                       command.at("env"));
  // The program is looked up inside, by the machine's own env.
  argv.insert(argv.begin(), {"/usr/bin/env", "--"});
  return run_command(command, argv, environment, "/", input,
                     pidfd_of(calls, command.at("machine").get<std::string>()));
}

std::vector<std::string> list_inside(const Calls& calls, const Json& arguments) {
  const std::string machine = arguments.at("machine").get<std::string>();
  const int init = pidfd_of(calls, machine);
  const RootDir root(fmt::format("/proc/{}/root", process_of(init)));
  pidfd_of(calls, machine);  // or another process may have got the number
  return root.list(arguments.at("folder").get<std::string>());
}

}  // namespace

void add_probe_calls(Calls& calls) {
  calls.add("machines.running", [&calls](const Json&, std::string_view) {
    Json names = Json::array();
    for (const RequestMachine& machine : calls.request().machines) {
      if (!has_ended(machine)) names.push_back(machine.name);
    }
    return names.dump();
  });
  calls.add("machines.run", [&calls](const Json& command, std::string_view input) {
    return run_inside(calls, command, input);
  });
  calls.add("machines.list", [&calls](const Json& arguments, std::string_view) {
    return Json(list_inside(calls, arguments)).dump();
  });
}

}  // namespace baker
