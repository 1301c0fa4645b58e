#include "engine/cli/help.h"

#include "engine/base/text.h"
#include "engine/cli/did_you_mean.h"

#include <array>
#include <regex>
#include <utility>

namespace baker {
namespace {

constexpr size_t kColumn = 12;        // where the summaries of commands begin
constexpr size_t kOptionColumn = 30;  // and the help of options

constexpr std::array kGroups = {
    std::pair(CommandGroup::kBaking, "Bake"), std::pair(CommandGroup::kRunning, "Run"),
    std::pair(CommandGroup::kLooking, "Look"), std::pair(CommandGroup::kStore, "Keep")};

std::string padded(std::string_view text, size_t width) {
  std::string line = "  " + std::string(text);
  line.resize(std::max(line.size() + 2, width), ' ');
  return line;
}

class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(const Command& command) : command_(command) {
    column_width(kOptionColumn);
    for (const char* name : {"Positionals", "POSITIONALS"}) label(name, "Arguments");
    label("OPTIONS", "Options");
    keep_lines(*this);
  }

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string text = "  " + make_option_name(option, is_positional) + make_option_opts(option);
    if (text.size() >= kOptionColumn)
      text += "\n" + std::string(kOptionColumn, ' ');
    else
      text.resize(kOptionColumn, ' ');
    return text + option->get_description() + "\n";
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text;
    if (option->get_type_size() != 0) {
      if (!option->get_type_name().empty()) text += " " + option->get_type_name();
      if (!option->get_default_str().empty()) text += "=" + option->get_default_str();
      if (option->get_expected_max() >= CLI::detail::expected_max_vector_size) text += " ...";
    }
    if (!option->get_envname().empty()) text += " (Env:" + option->get_envname() + ")";
    return text;
  }

  std::string make_usage(const CLI::App*, std::string) const override {
    std::string usage = "Usage: baker " + std::string(command_.name) + " [OPTIONS]";
    if (command_.about_pipeline) usage += command_.pipeline_required ? " PIPELINE" : " [PIPELINE]";
    if (command_.about_machine) usage += " MACHINE";
    if (!command_.stages.empty()) {
      const std::string name = command_.about_pipeline ? "STAGE" : "TYPE";
      usage += command_.stages_required  ? " " + name
               : command_.about_pipeline ? " [" + name + "...]"
                                         : " [" + name + "]";
    }
    if (command_.name == "exec") usage += " -- COMMAND...";
    return usage + "\n";
  }

  std::string make_description(const CLI::App*) const override {
    std::string text = std::string(command_.summary) + "\n";
    if (!command_.details.empty()) text += std::string(command_.details) + "\n";
    if (!command_.alias.empty())
      text += "`baker " + std::string(command_.alias) + "` is the same.\n";
    return text + "\n";
  }

  std::string make_footer(const CLI::App*) const override {
    std::string text = "Examples:\n";
    for (const std::string& example : split(command_.examples, '\n'))
      text += "  baker " + example + "\n";
    return text;
  }

 private:
  // CLI11 of other releases than Debian 12's fills lines anew.
  template <typename Formatter>
  static void keep_lines(Formatter& formatter) {
    if constexpr (requires { formatter.enable_footer_formatting(false); }) {
      formatter.enable_footer_formatting(false);
      formatter.enable_description_formatting(false);
    }
  }

  const Command& command_;
};

}  // namespace

std::string overview(const std::string& program) {
  std::string text =
      "baker: machine images from the stages of a pipeline; only what changed is baked again.\n\n"
      "Usage: " +
      program + " COMMAND [OPTIONS] [PIPELINE]\n";
  for (const auto& [group, title] : kGroups) {
    text += "\n" + std::string(title) + ":\n";
    for (const Command& command : commands())
      if (command.group == group)
        text += padded(command.name, kColumn) + std::string(command.summary) + "\n";
  }
  return text + "\n`" + program + " help run` says more about `run`, and `" + program +
         " help exit-codes` about exit codes.\n";
}

std::string exit_codes() {
  return "0     It was done; after `up` and `test`, the system works.\n"
         "1     It could not be done: a stage failed, the host lacks something, or the system\n"
         "      does not work.\n"
         "2     The command line or the pipeline is wrong. Nothing was changed.\n"
         "130   It was interrupted, as with Ctrl-C. What was finished is kept.\n"
         "`exec` and `shell` end with the exit code of what ran in the machine.\n";
}

std::shared_ptr<CLI::FormatterBase> help_formatter(const Command& command) {
  return std::make_shared<HelpFormatter>(command);
}

Error usage_error(const std::string& program, const Command& command, const CLI::App& app,
                  const CLI::ParseError& error) {
  const std::string name = "`baker " + std::string(command.name) + "`";
  std::string text = name + ": " + error.what();
  static const std::regex kTooMany(".*: (.+): At [Mm]ost ([0-9]+) required but received ([0-9]+)");
  const std::vector<std::string> unknown = app.remaining();
  if (!unknown.empty() && unknown[0].starts_with("-")) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
      for (const std::string& each : option->get_lnames()) names.push_back("--" + each);
    text = with_suggestion(name + " has no option \"" + unknown[0] + "\"", unknown[0], names);
  } else if (!unknown.empty()) {
    text = name + " takes no further argument: \"" + unknown[0] + "\"";
  } else if (std::smatch count; std::regex_match(text, count, kTooMany)) {
    text = name + " takes " + count[2].str() + " " + count[1].str() + " at most, not " +
           count[3].str();
  }
  return {ErrorCode::kInvalid,
          text + "\n`" + program + " help " + std::string(command.name) + "` shows what it takes"};
}

Error unknown_command(const std::string& program, const std::string& word) {
  std::vector<std::string> names = {"help"};
  for (const Command& command : commands()) {
    names.emplace_back(command.name);
    if (!command.alias.empty()) names.emplace_back(command.alias);
  }
  return {ErrorCode::kInvalid, with_suggestion("unknown command \"" + word + "\"", word, names) +
                                   "\n`" + program + " help` lists the commands"};
}

}  // namespace baker
