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

#include "tests/support/captured_output.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kFirstMachineFd = 5;  // after those of the request and the events

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

Json request(const std::string& type, const std::string& step, const Json& options,
             const std::map<std::string, pid_t>& machines, const fs::path& folder) {
  Json running = Json::array();
  for (const auto& [name, init] : machines)
    running.push_back({{"name", name}, {"fd", kFirstMachineFd + static_cast<int>(running.size())}});
  return {{"step", step},
          {"kind", step == "probe" || step == "observe" ? "probe" : "host"},
          {"stage", type},
          {"plugin", std::string(BAKER_STAGE_PLUGINS) + "/" + type + ".so"},
          {"options", options},
          {"pins", Json::array()},
          {"architecture", "amd64"},
          {"source_date_epoch", 0},
          {"needs_root", false},
          {"layers", Json::array()},
          {"inputs", Json::array()},
          {"work_folder", folder},
          {"downloads_folder", folder / "downloads"},
          {"roots_folder", folder / "roots"},
          {"download_program", ""},
          {"machines_folder", folder / "machines"},
          {"machines", running},
          {"before", Json::object()},
          {"packages", Json::object()}};
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
      execlp("unshare", "unshare", "--mount", "--ipc", "--", BAKER_STAGE_RUNNER, nullptr);
    } else {
      execlp("unshare", "unshare", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--",
             BAKER_STAGE_RUNNER, nullptr);
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
                     const std::map<std::string, pid_t>& machines) {
  const TemporaryFolder folder;
  const CapturedOutput sent, events, printed;
  const std::string text = request(type, step, options, machines, folder.path).dump();
  if (pwrite(sent.fd(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), "writing the request");
  std::vector<std::pair<int, int>> descriptors = {
      {printed.fd(), 1}, {printed.fd(), 2}, {sent.fd(), 3}, {events.fd(), 4}};
  std::vector<int> inits;
  for (const auto& [name, init] : machines) {
    inits.push_back(static_cast<int>(syscall(SYS_pidfd_open, init, 0)));
    descriptors.emplace_back(inits.back(), kFirstMachineFd + static_cast<int>(inits.size()) - 1);
  }
  run_runner(descriptors, step == "probe");
  for (int init : inits) close(init);
  return outcome_of(events.text(), printed.text());
}

}  // namespace baker::testing
