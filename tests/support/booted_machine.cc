#include "tests/support/booted_machine.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kBootTime = std::chrono::seconds(90);
constexpr auto kShutdownTime = std::chrono::seconds(120);

// A machine needs cgroups of its own, or it fights over them with every other one. They also tell
// who is in it.
constexpr const char* kStart = R"(
name=$1; shift
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  [ -e $hierarchy/cgroup.procs ] || continue
  mkdir -p $hierarchy/$name && echo $$ > $hierarchy/$name/cgroup.procs || exit
done
exec systemd-nspawn "$@")";

fs::path unified_cgroup(const std::string& name) {
  const fs::path hybrid = "/sys/fs/cgroup/unified";
  return (fs::exists(hybrid) ? hybrid : fs::path("/sys/fs/cgroup")) / name;
}

void remove_cgroups(const std::string& name) {
  for (const char* hierarchy :
       {"/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"}) {
    const fs::path group = fs::path(hierarchy) / name;
    if (fs::exists(group)) run_program({"find", group, "-depth", "-type", "d", "-delete"});
  }
}

bool is_populated(const fs::path& group) {
  std::ifstream events(group / "cgroup.events");
  for (std::string key, value; events >> key >> value;) {
    if (key == "populated") return value == "1";
  }
  return false;
}

pid_t init_of(const std::string& name) {
  for (const char* scope : {"payload/init.scope", "init.scope"}) {
    pid_t init = -1;
    if (std::ifstream(unified_cgroup(name) / scope / "cgroup.procs") >> init) return init;
  }
  return -1;
}

}  // namespace

BootedMachine::BootedMachine(const fs::path& tree, const std::vector<std::string>& options)
    : console_(std::make_unique<CapturedOutput>()) {
  static int count = 0;
  name_ = "bt" + process_tag() + "-" + std::to_string(++count);
  start(tree, options);
  try {
    wait_for_boot();
  } catch (...) {
    end();
    throw;
  }
}

BootedMachine::~BootedMachine() {
  end();
}

void BootedMachine::start(const fs::path& tree, const std::vector<std::string>& options) {
  struct stat root;
  if (stat(tree.c_str(), &root) != 0) throw std::runtime_error(tree.string() + " is not there");
  std::vector<std::string> argv = {"sh",
                                   "-c",
                                   kStart,
                                   "sh",
                                   name_,
                                   "--quiet",
                                   "--directory=" + tree.string(),
                                   "--machine=" + name_,
                                   "--register=no",
                                   "--keep-unit",
                                   "--boot",
                                   "--resolv-conf=off",
                                   "--link-journal=no",
                                   "--console=read-only"};
  if (root.st_uid == 0) {
    argv.push_back("--private-users=no");
  } else {  // it is mounted with the ids of its users
    argv.push_back("--private-users=" + std::to_string(root.st_uid) + ":65536");
    argv.push_back("--private-users-ownership=off");
  }
  argv.insert(argv.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);

  nspawn_ = fork();
  if (nspawn_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (nspawn_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // systemd-nspawn then powers the machine off
    setsid();
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(console_->fd(), STDOUT_FILENO);
    dup2(console_->fd(), STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
}

void BootedMachine::wait_for_boot() {
  const auto deadline = steady_clock::now() + kBootTime;
  while (steady_clock::now() < deadline) {
    if (waitpid(nspawn_, nullptr, WNOHANG) != 0) {
      nspawn_ = -1;
      throw std::runtime_error("the machine ended while it booted:\n" + console());
    }
    if (init_ < 0) init_ = init_of(name_);
    if (init_ > 0) {
      const std::string state = run({"systemctl", "is-system-running", "--wait"}).out;
      if (state == "running\n" || state == "degraded\n") return;
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
  throw std::runtime_error("the machine did not boot in time:\n" + console());
}

Outcome BootedMachine::run(std::vector<std::string> argv) const {
  const std::vector<std::string> enter = {"nsenter", "--target", std::to_string(init_),
                                          "--all",   "--wdns=/", "--"};
  argv.insert(argv.begin(), enter.begin(), enter.end());
  return run_program(argv, {{"LC_ALL", "C.UTF-8"}});
}

Outcome BootedMachine::run_until_done(const std::vector<std::string>& argv, int seconds) const {
  const auto deadline = steady_clock::now() + std::chrono::seconds(seconds);
  for (;;) {
    Outcome outcome = run(argv);
    if (outcome.exit_status == 0 || steady_clock::now() > deadline) return outcome;
    std::this_thread::sleep_for(milliseconds(50));
  }
}

void BootedMachine::power_off() {
  const auto deadline = steady_clock::now() + kShutdownTime;
  kill(init_, SIGRTMIN + 4);
  while (is_populated(unified_cgroup(name_))) {
    if (steady_clock::now() > deadline)
      throw std::runtime_error("the machine did not shut down:\n" + console());
    std::this_thread::sleep_for(milliseconds(20));
  }
}

void BootedMachine::end() {
  const fs::path group = unified_cgroup(name_);
  std::ofstream(group / "cgroup.kill") << "1";
  if (nspawn_ > 0) {
    kill(nspawn_, SIGKILL);
    waitpid(nspawn_, nullptr, 0);
  }
  while (is_populated(group)) std::this_thread::sleep_for(milliseconds(5));
  remove_cgroups(name_);
  std::error_code ignored;
  fs::remove_all(fs::path("/run/systemd/nspawn/propagate") / name_, ignored);
}

}  // namespace baker::testing
