#include "tests/support/stage_step.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "engine/plugin/stage_request.h"
#include "tests/support/captured_output.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = fs::temp_directory_path() / "baker-step-XXXXXX";
    if (!mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path path;
};

StageRequest request_of(const std::string& type, const std::string& step, const Json& options,
                        const std::map<std::string, pid_t>& machines, const fs::path& folder) {
  StageRequest request;
  request.step = step;
  request.kind = step == "probe" || step == "observe" ? "probe" : "host";
  request.stage = type;
  request.plugin = std::string(BAKER_STAGE_PLUGINS) + "/" + type + ".so";
  request.options = options;
  request.architecture = "amd64";
  request.work_folder = folder;
  request.downloads_folder = folder / "downloads";
  request.roots_folder = folder / "roots";
  request.machines_folder = folder / "machines";
  request.state_folder =
      "/var/lib/baker/a-test";  // nothing is written to it: whose the folders are
  for (const auto& [name, init] : machines) {
    const int fd = kFirstLayerFd + static_cast<int>(request.machines.size());
    request.machines.push_back({name, fd});
  }
  return request;
}

// {ours, the child's}. Moved out of the way first: one may stand where another one belongs.
void hand_over(std::vector<std::pair<int, int>> descriptors) {
  for (auto& [ours, theirs] : descriptors) ours = fcntl(ours, F_DUPFD_CLOEXEC, 100);
  for (const auto& [ours, theirs] : descriptors) dup2(ours, theirs);
}

void run_runner(const std::vector<std::pair<int, int>>& descriptors, bool probe) {
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    hand_over(descriptors);
    // A probe enters machines, which it can't from a PID namespace of its own.
    if (probe) {
      execlp("unshare", "unshare", "--mount", "--propagation", "slave", "--ipc", "--",
             BAKER_STAGE_RUNNER, nullptr);
    } else {
      execlp("unshare", "unshare", "--mount", "--propagation", "slave", "--ipc", "--pid", "--fork",
             "--kill-child", "--", BAKER_STAGE_RUNNER, nullptr);
    }
    _exit(127);
  }
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

StepOutcome outcome_of(const std::string& events, const std::string& printed) {
  StepOutcome outcome;
  outcome.printed = printed;
  bool told = false;
  std::istringstream lines(events);
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line);
    const std::string what = event.at("event");
    if (what == "log" && event.at("level") == "waiting") outcome.waiting.push_back(event["text"]);
    if (what == "log" && event.at("level") == "warning") outcome.warnings.push_back(event["text"]);
    if (what == "crash") throw std::runtime_error(event.at("text").get<std::string>());
    if (what != "result") continue;
    told = true;
    outcome.ok = event.at("status") == 0;
    const std::string reply = event.at("reply");
    if (outcome.ok) {
      outcome.reply = Json::parse(reply);
    } else {
      outcome.error = reply;
    }
  }
  if (!told) throw std::runtime_error("baker-stage-runner told no result:\n" + printed);
  return outcome;
}

}  // namespace

StepOutcome run_step(const std::string& type, const std::string& step, const Json& options,
                     const std::map<std::string, pid_t>& machines, const Json& outgoing) {
  const TemporaryFolder folder;
  const CapturedOutput sent, events, printed;
  StageRequest request = request_of(type, step, options, machines, folder.path);
  request.before["outgoing"] = outgoing;
  const std::string text = request.to_json();
  if (pwrite(sent.fd(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), "writing the request");
  std::vector<std::pair<int, int>> descriptors = {
      {printed.fd(), 1}, {printed.fd(), 2}, {sent.fd(), kRequestFd}, {events.fd(), kEventsFd}};
  std::vector<int> inits;
  for (const RequestMachine& machine : request.machines) {
    const pid_t init = machines.at(machine.name);
    inits.push_back(static_cast<int>(syscall(SYS_pidfd_open, init, 0)));
    descriptors.emplace_back(inits.back(), machine.fd);
  }
  run_runner(descriptors, step == "probe");
  for (int init : inits) close(init);
  return outcome_of(events.text(), printed.text());
}

}  // namespace baker::testing
