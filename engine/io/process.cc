#include "engine/io/process.h"

#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace baker {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (const std::string& each : strings) all.push_back(const_cast<char*>(each.c_str()));
  all.push_back(nullptr);
  return all;
}

// Everything that the child needs, made before it is: it has our memory, and other threads may hold
// locks, so only plain system calls are safe in it.
struct Prepared {
  std::string program;
  std::vector<char*> argv;
  std::vector<char*> environment;
  std::vector<std::string> cgroup_files;
  int highest = 2;  // the highest descriptor that the child keeps
};

// The namespaces of the process, and its root user, who is somebody else in a user namespace of its
// own. A process that shares the user namespace can't join it again. Plain system calls: those of
// the library would tell threads that are not here.
bool join_namespaces(int pidfd) {
  constexpr int kOthers =
      CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return false;  // nobody there traces what is still ours
  return (setns(pidfd, kOthers | CLONE_NEWUSER) == 0 || setns(pidfd, kOthers) == 0) &&
         syscall(SYS_setgroups, 0, nullptr) == 0 && syscall(SYS_setresgid, 0, 0, 0) == 0 &&
         syscall(SYS_setresuid, 0, 0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

bool enter_cgroups(const Prepared& prepared) {
  for (const std::string& file : prepared.cgroup_files) {
    const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1) return false;
    close(fd);
  }
  return true;
}

[[noreturn]] void run_child(const SpawnOptions& options, const Prepared& prepared, int errors) {
  if (!options.outlives_us) prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD}) signal(number, SIG_DFL);

  const int above = prepared.highest + 1;  // out of the way of every number that is asked for
  const auto give_up = [&errors] {
    const int error = errno;
    (void)!write(errors, &error, sizeof error);
    _exit(127);
  };
  const auto moved_up = [&](int fd) {
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, above);
    if (moved < 0) give_up();
    return moved;
  };
  errors = moved_up(errors);
  const int moved_pidfd = options.joined_pidfd < 0 ? -1 : moved_up(options.joined_pidfd);
  int moved[1024];
  size_t count = 0;
  for (const auto& [ours, theirs] : options.descriptors) moved[count++] = moved_up(ours);
  count = 0;
  for (const auto& [ours, theirs] : options.descriptors)
    if (dup2(moved[count++], theirs) < 0) give_up();
  close_range(static_cast<unsigned>(above), ~0U, CLOSE_RANGE_CLOEXEC);
  for (int fd = 3; fd < above; ++fd) {
    bool kept = false;
    for (const auto& [ours, theirs] : options.descriptors) kept = kept || theirs == fd;
    if (!kept) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  const bool there =
      enter_cgroups(prepared) && (options.joined_pidfd < 0 || join_namespaces(moved_pidfd));
  if (there && (options.directory.empty() || chdir(options.directory.c_str()) == 0)) {
    execve(prepared.program.c_str(), prepared.argv.data(),
           options.environment ? prepared.environment.data() : environ);
  }
  give_up();
  _exit(127);
}

struct Child {
  const SpawnOptions& options;
  const Prepared& prepared;
  int errors;
};

int begin_child(void* given) {
  const Child& child = *static_cast<const Child*>(given);
  run_child(child.options, child.prepared, child.errors);
}

constexpr size_t kStack = 256 << 10;  // bytes, of which the child touches a few thousand

// The child has our memory until it runs its program, and we wait so long: a copy would take longer
// the more we have. Not one that joins a machine, whose root could reach into it. Nobody can move
// to another PID namespace: the child has to be born in the one that it joins.
int start_child(const SpawnOptions& options, const Prepared& prepared, int errors) {
  const auto stack = std::make_unique_for_overwrite<std::byte[]>(kStack);
  Child child{options, prepared, errors};
  const auto clone = [&] {
    const int shared = options.joined_pidfd < 0 ? CLONE_VM | CLONE_VFORK : 0;
    return ::clone(begin_child, stack.get() + kStack, options.namespaces | shared | SIGCHLD,
                   &child);
  };
  if (options.joined_pidfd < 0) return clone();
  const UniqueFd self(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  if (setns(options.joined_pidfd, CLONE_NEWPID) != 0) return -1;
  const int pid = clone();
  const int error = errno;
  setns(self.get(), CLONE_NEWPID);  // for our next children
  errno = error;
  return pid;
}

}  // namespace

Process::Process(const SpawnOptions& options) {
  std::optional<std::string> program = find_program(options.argv.at(0));
  if (!program) throw Error("program \"" + options.argv[0] + "\" is not installed");
  Prepared prepared{*program, pointers(options.argv), {}, {}, 2};
  for (const std::string& cgroup : options.cgroups)
    prepared.cgroup_files.push_back(cgroup + "/cgroup.procs");
  if (options.environment) prepared.environment = pointers(*options.environment);
  for (const auto& [ours, theirs] : options.descriptors)
    prepared.highest = std::max(prepared.highest, theirs);
  if (options.descriptors.size() > 1000) throw Error("too many descriptors for one child process");

  Pipe errors = make_pipe();
  const int pid = start_child(options, prepared, errors.write_end.get());
  if (pid < 0) throw system_error("cannot start " + options.argv[0]);

  pid_ = pid;
  outlives_us_ = options.outlives_us;
  pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_.valid()) {
    const Error error = system_error("cannot watch " + options.argv[0]);
    kill(SIGKILL);
    wait();
    throw error;
  }
  errors.write_end.reset();
  int error = 0;
  ssize_t count;
  while ((count = read(errors.read_end.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (count == sizeof error) {
    wait();
    errno = error;
    throw system_error("cannot start " + options.argv[0]);
  }
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      outlives_us_(other.outlives_us_) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(outlives_us_, other.outlives_us_);
  return *this;
}

Process::~Process() {
  if (pid_ > 0 && !outlives_us_) {
    kill(SIGKILL);
    wait();
  }
}

void Process::kill(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

ProcessEnd Process::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

bool Process::ended() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

// Only root may see the roots of others.
bool is_alive(pid_t process) {
  const std::string root = fmt::format("/proc/{}/root/", process);
  return access(root.c_str(), F_OK) == 0 || errno == EACCES;
}

std::string process_name(pid_t process) {
  const std::string name = read_file_if_exists(fmt::format("/proc/{}/comm", process)).value_or("");
  return name.substr(0, name.find('\n'));
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':')) {
    std::string candidate = folder + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw system_error("cannot make a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd memory_file(const std::string& content) {
  UniqueFd fd(memfd_create("baker", MFD_CLOEXEC));
  if (!fd.valid()) throw system_error("cannot make a file in memory");
  size_t done = 0;
  while (done < content.size()) {
    ssize_t count = write(fd.get(), content.data() + done, content.size() - done);
    if (count < 0) throw system_error("cannot write a file in memory");
    done += static_cast<size_t>(count);
  }
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

}  // namespace baker
