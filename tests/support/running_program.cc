#include "tests/support/running_program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>

namespace baker::testing {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(5);
constexpr std::chrono::seconds kPatience(300);  // however busy the host is

}  // namespace

RunningProgram::RunningProgram(std::vector<std::string> argv,
                               const std::filesystem::path& directory) {
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(output_.fd(), STDOUT_FILENO);
  dup2(output_.fd(), STDERR_FILENO);
  if (directory.empty() || chdir(directory.c_str()) == 0) execvp(arguments[0], arguments.data());
  _exit(127);
}

RunningProgram::~RunningProgram() {
  kill();
}

bool RunningProgram::says(const std::string& text) const {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const bool ended = !runs();
    if (said().find(text) != std::string::npos) return true;
    if (ended || std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

bool RunningProgram::runs() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != pid_;
}

void RunningProgram::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

int RunningProgram::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void RunningProgram::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

}  // namespace baker::testing
