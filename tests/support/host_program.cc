#include "tests/support/host_program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "tests/support/captured_output.h"

namespace baker::testing {
namespace {

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!extra.contains(text.substr(0, text.find('=')))) merged.push_back(text);
  }
  for (const auto& [name, value] : extra) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Outcome run_program(const std::vector<std::string>& argv,
                    const std::map<std::string, std::string>& env,
                    const std::filesystem::path& directory) {
  const CapturedOutput out;
  const CapturedOutput err;
  const std::vector<std::string> environment = merged_environment(env);
  const std::vector<char*> arguments = pointers_to(argv);
  const std::vector<char*> variables = pointers_to(environment);

  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {  // nothing but system calls until exec: the test may have threads
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(out.fd(), STDOUT_FILENO);
    dup2(err.fd(), STDERR_FILENO);
    if (directory.empty() || chdir(directory.c_str()) == 0) {
      execvpe(arguments[0], arguments.data(), variables.data());
    }
    _exit(127);
  }
  const int exit_status = wait_for(child);
  if (exit_status == 127 && out.text().empty() && err.text().empty()) {
    throw std::runtime_error("the test can't run \"" + argv.at(0) + "\": is it installed?");
  }
  return {exit_status, out.text(), err.text()};
}

std::vector<std::string> after_in_its_namespace(const std::string& commands,
                                                const std::vector<std::string>& program) {
  std::vector<std::string> argv = {
      "unshare", "--mount", "--propagation", "slave", "sh", "-c", commands + " && exec \"$@\"",
      "sh"};
  argv.insert(argv.end(), program.begin(), program.end());
  return argv;
}

std::string process_tag() {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  struct stat pid_namespace;
  if (stat("/proc/self/ns/pid", &pid_namespace) != 0)
    throw std::system_error(errno, std::generic_category(), "looking at the PID namespace");
  // A namespace's inode numbers are consecutive, and so are pids: kept apart by a large factor.
  size_t number = pid_namespace.st_ino * 65'537 + static_cast<size_t>(getpid());
  std::string tag(4, '0');
  for (char& digit : tag) {
    digit = kDigits[number % kDigits.size()];
    number /= kDigits.size();
  }
  return tag;
}

bool is_root() {
  return geteuid() == 0;
}

}  // namespace baker::testing
