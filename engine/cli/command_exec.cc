// baker exec, baker shell: a command, or a shell, inside a machine that runs.
#include "engine/base/error.h"
#include "engine/cli/commands.h"
#include "engine/cli/machine_control.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace baker {
namespace {

constexpr std::chrono::seconds kBusAppears(20);
constexpr std::chrono::milliseconds kBetweenLooks(10);

pid_t init_of(const Settings& settings, const std::string& machine) {
  const HostPlaces places = host_places(settings, "");
  if (std::optional<pid_t> init = choose_host(places, settings.start_with)->init_of(machine))
    return *init;
  throw Error("machine \"" + machine + "\" does not run: baker up starts a pipeline's machines");
}

// systemd replaces $NAME and ${NAME} in a command line, and $$ by $: systemd.service(5).
std::string literal_for_systemd(const std::string& word) {
  std::string literal;
  for (char c : word) literal += c == '$' ? "$$" : std::string(1, c);
  return literal;
}

// systemd in the machine starts the command, so that it gets the machine's own cgroup, limits and
// session; the login shell between gives it the machine's environment.
std::vector<std::string> command_line(pid_t init, const std::vector<std::string>& inner) {
  const bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  std::vector<std::string> argv = {"nsenter",
                                   "--target",
                                   std::to_string(init),
                                   "--all",
                                   "--wdns=/",
                                   "systemd-run",
                                   "--quiet",
                                   "--collect",
                                   "--wait",
                                   terminal ? "--pty" : "--pipe",
                                   "--setenv=HOME=/root",
                                   "--setenv=USER=root",
                                   "--working-directory=/root"};
  if (const char* kind = getenv("TERM"); terminal && kind)
    argv.push_back("--setenv=TERM=" + std::string(kind));
  argv.push_back("--");
  for (const std::string& word : inner) argv.push_back(literal_for_systemd(word));
  return argv;
}

// A machine that boots has no bus yet.
void wait_for_bus(const std::string& machine, pid_t init) {
  const std::string root = fmt::format("/proc/{}/root", init);
  const auto deadline = std::chrono::steady_clock::now() + kBusAppears;
  while (!path_exists(root + "/run/dbus/system_bus_socket")) {
    if (!path_exists(root)) throw Error("machine \"" + machine + "\" has just ended");
    if (std::chrono::steady_clock::now() > deadline)
      throw Error("machine \"" + machine +
                  "\" has no system bus, which commands are started by: "
                  "its root needs the package dbus");
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

// Becomes the command: its exit status is ours, and no process of baker stands between.
[[noreturn]] void become(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& each : argv) pointers.push_back(const_cast<char*>(each.c_str()));
  pointers.push_back(nullptr);
  execvp(pointers[0], pointers.data());
  throw system_error("cannot start " + argv[0]);
}

}  // namespace

int command_exec(const Settings& settings) {
  const pid_t init = init_of(settings, settings.pipeline);
  wait_for_bus(settings.pipeline, init);
  std::vector<std::string> inner = {"/bin/sh", "-lc", "exec \"$@\"", "sh"};
  inner.insert(inner.end(), settings.command.begin(), settings.command.end());
  become(command_line(init, inner));
}

int command_shell(const Settings& settings) {
  const pid_t init = init_of(settings, settings.pipeline);
  wait_for_bus(settings.pipeline, init);
  become(command_line(init, {"/bin/bash", "--login"}));
}

}  // namespace baker
