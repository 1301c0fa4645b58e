// `exec-probe`: runs a command in a machine until it succeeds; while machines are replaced one by
// one, or the command that it was before.
#include <baker/stage.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "text/text.h"

namespace baker {
namespace {

using std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(100);
constexpr size_t kLinesShown = 20;

// The end of the output, indented.
std::string last_lines(const std::string& output) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < output.size();) {
    const size_t end = std::min(output.find('\n', at), output.size());
    lines.push_back("\n  " + output.substr(at, end - at));
    at = end + 1;
  }
  std::string text;
  for (size_t i = lines.size() - std::min(lines.size(), kLinesShown); i < lines.size(); ++i)
    text += lines[i];
  return text.empty() ? "; it printed nothing" : ". The end of what it printed:" + text;
}

// Both streams as one, and no longer than the probe lasts.
Command bounded(const std::vector<std::string>& command, steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - steady_clock::now());
  const std::string seconds = std::to_string(std::max(left, std::chrono::seconds(1)).count());
  Command bound{.argv = {"timeout", "--signal=KILL", seconds, "sh", "-c", "exec \"$@\" 2>&1", "sh"},
                .capture = true,
                .check = false};
  bound.argv.insert(bound.argv.end(), command.begin(), command.end());
  return bound;
}

struct Question {
  std::string machine;
  std::vector<std::string> command;
  std::string text() const {
    return fmt::format("`{}` in machine \"{}\"", joined(command, " "), machine);
  }
};

struct ExecProbe : ProbeStage {
  Probed probe(Machines& machines, const Options& options) override {
    const Question question{options.string("machine"), options.strings("command")};
    if (question.command.empty())
      throw StageError("`command` is empty: it names the program to run");
    machines.waiting_for(question.text());
    const auto patience = std::chrono::seconds(options.integer("deadline"));
    const auto deadline = steady_clock::now() + patience;
    for (;;) {
      CommandResult result = ask(machines, question, deadline);
      if (result.exit_status == 0) return found(question, result);
      if (const auto earlier = outgoing()) {
        const CommandResult as_before = ask(machines, *earlier, deadline);
        if (as_before.exit_status == 0) return found(*earlier, as_before);
      }
      if (steady_clock::now() > deadline) {
        throw StageError(fmt::format("{} did not succeed within {} seconds: exit status {}{}",
                                     question.text(), patience.count(), result.exit_status,
                                     last_lines(result.output)));
      }
      std::this_thread::sleep_for(kPause);
    }
  }

 private:
  static CommandResult ask(Machines& machines, const Question& question,
                           steady_clock::time_point deadline) {
    return machines.run(question.machine, bounded(question.command, deadline));
  }
  static Probed found(const Question& question, const CommandResult& result) {
    return {.seen = question.text() + " succeeds", .facts = {{"output", result.output}}};
  }
  std::optional<Question> outgoing() const {
    const Json options = before().outgoing;
    if (options.empty()) return std::nullopt;
    return Question{options.at("machine"), options.at("command")};
  }
};

}  // namespace

BAKER_STAGE(ExecProbe)

}  // namespace baker
