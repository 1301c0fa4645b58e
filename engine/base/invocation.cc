#include "engine/base/invocation.h"

#include "engine/base/text.h"

#include <algorithm>
#include <array>

namespace baker {
namespace {

constexpr const char* kSafeInAShell =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";

bool looks_at_machines(std::string_view command) {
  constexpr std::array<std::string_view, 5> kThatDo = {"up", "down", "rollback", "test", "status"};
  return std::ranges::find(kThatDo, command) != kThatDo.end();
}

}  // namespace

std::string shell_quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kSafeInAShell) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char each : word) quoted += each == '\'' ? "'\\''" : std::string(1, each);
  return quoted + "'";
}

std::string command_line(const Invocation& invocation, std::string_view command,
                         const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {shell_quoted(invocation.program), std::string(command),
                                    shell_quoted(invocation.pipeline)};
  for (const std::string& argument : arguments) words.push_back(shell_quoted(argument));
  for (const Option& option : invocation.options) {
    if (option.name == "--start-with" && !looks_at_machines(command)) continue;
    words.insert(words.end(), {option.name, shell_quoted(option.value)});
  }
  return join(words, " ");
}

}  // namespace baker
