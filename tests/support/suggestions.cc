#include "tests/support/suggestions.h"

#include <regex>
#include <stdexcept>

namespace baker::testing {
namespace {

constexpr int kInvalid = 2;

const std::map<std::string, std::string> kOnlyLooksInstead = {
    {"run", "plan"},        {"up", "plan"},       {"update", "why"},    {"log", "log"},
    {"plan", "plan"},       {"why", "why"},       {"status", "status"}, {"down", "status"},
    {"rollback", "status"}, {"destroy", "status"}};

std::string without_what_only_it_knows(const std::string& words) {
  static const std::regex options(
      " --(parallel|prune|data|finalize|allow [^ ]+|start-with [^ ]+)\\b");
  return std::regex_replace(words, options, "");
}

// `update` of all stages, as `why` needs one.
std::string looker_for(const std::string& command, bool names_a_stage) {
  const auto found = kOnlyLooksInstead.find(command);
  if (found == kOnlyLooksInstead.end())
    throw std::runtime_error("baker suggests an unknown command: " + command);
  return found->second == "why" && !names_a_stage ? "status" : found->second;
}

std::string typed_for(const std::string& suggestion, const std::string& program) {
  const std::string rest = suggestion.substr(program.size() + 1);
  if (rest.starts_with("help")) return suggestion;
  const std::string command = rest.substr(0, rest.find(' '));
  const std::string words = without_what_only_it_knows(rest.substr(command.size()));
  static const std::regex pipeline_and_stage(R"( ('[^']*'|[^ ']+) ([^- ][^ ]*).*)");
  return program + " " + looker_for(command, std::regex_match(words, pipeline_and_stage)) + words;
}

}  // namespace

std::vector<std::string> suggestions_in(const std::string& text, const std::string& program) {
  std::vector<std::string> found;
  for (size_t at = 0; (at = text.find(program + " ", at)) != std::string::npos; ++at) {
    const bool in_backquotes = at > 0 && text[at - 1] == '`';
    const bool after_a_colon = at > 1 && text.substr(at - 2, 2) == ": ";
    if (!in_backquotes && !after_a_colon) continue;
    const std::string line = text.substr(at, text.find(in_backquotes ? '`' : '\n', at) - at);
    if (line.find(" COMMAND ") == std::string::npos) found.push_back(line);
  }
  return found;
}

void expect_suggestions_work(const Outcome& outcome, const std::string& program,
                             const std::filesystem::path& folder,
                             const std::map<std::string, std::string>& env) {
  for (const std::string& suggestion : suggestions_in(outcome.all(), program)) {
    const std::string typed = typed_for(suggestion, program);
    const Outcome looked = run_program({"sh", "-c", typed}, env, folder);
    if (looked.exit_status != kInvalid) continue;
    throw std::runtime_error("baker suggested\n  " + suggestion + "\nand then\n  " + typed +
                             "\nwas refused:\n" + looked.all());
  }
}

}  // namespace baker::testing
