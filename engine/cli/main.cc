// baker: the command line. Each command is a file of its own.
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/cli/command_options.h"
#include "engine/cli/environment.h"
#include "engine/cli/help.h"
#include "engine/cli/named_state.h"
#include "engine/io/files.h"
#include "engine/report/printable.h"

#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <string_view>

namespace baker {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitInvalid = 2;
constexpr int kExitInterrupted = 130;

Invocation invocation_of(const std::string& program, const CLI::App& command,
                         const Settings& settings) {
  Invocation invocation{.program = program, .pipeline = settings.pipeline, .options = {}};
  for (const char* name : {"--set", "--lock-file", "--plugin-dir", "--cache-dir", "--machines-dir",
                           "--state-dir", "--nspawn-dir", "--start-with"}) {
    const CLI::Option* option = command.get_option_no_throw(name);
    if (option == nullptr) continue;
    for (const std::string& value : option->results()) invocation.options.push_back({name, value});
  }
  return invocation;
}

int exit_status_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalid:
      return kExitInvalid;
    case ErrorCode::kInterrupted:
      return kExitInterrupted;
    default:
      return kExitFailed;
  }
}

// The text may quote others: a plugin, a server, an image. They must not control the terminal.
void print(const Error& error) {
  std::vector<std::string> lines = split(error.describe(), '\n');
  for (std::string& line : lines) line = printable(line);
  std::fprintf(stderr, "baker: %s\n", join(lines, "\n").c_str());
}

int show(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return 0;
}

// Whoever started baker may have closed them: what is opened next would take their numbers, and be
// written to as standard output.
void open_standard_streams() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

// What could not be written was not said.
int status_with_output(int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  std::fprintf(stderr, "baker: cannot write to standard output: %s\n",
               errno == 0 ? "is the disk full?" : std::strerror(errno));
  return status == 0 ? kExitFailed : status;
}

// Paths cross to other programs as JSON, which is UTF-8.
void check_paths(const Settings& settings) {
  std::vector<std::string> paths = settings.plugin_dirs;
  paths.insert(paths.end(), {settings.pipeline, settings.lock_file, settings.cache_dir,
                             settings.machines_dir, settings.state_dir, settings.nspawn_dir});
  for (const std::string& path : paths)
    if (!path.empty() && !is_utf8(absolute_path(path)))
      throw Error(ErrorCode::kInvalid, "the path " + absolute_path(path) +
                                           " is not UTF-8, which baker's paths have to be");
}

int call(const Command& command, const std::string& program, std::vector<std::string> words) {
  Settings settings;
  CLI::App app;
  app.formatter(help_formatter(command));
  add_options(app, command, settings);
  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return show(app.help());
  } catch (const CLI::ParseError& error) {
    throw usage_error(program, command, app, error);
  }
  settings.invocation = invocation_of(program, app, settings);
  if (command.about_pipeline && !settings.pipeline.empty())
    settings.pipeline = pipeline_file(settings, command.needs_file);
  check_paths(settings);
  return command.function(settings);
}

int run(const std::string& program, std::vector<std::string> words) {
  const bool asks_for_help = !words.empty() && words[0] == "help";
  if (asks_for_help) words.erase(words.begin());
  if (words.empty() || words[0] == "--help" || words[0] == "-h") return show(overview(program));
  if (words[0] == "--version") return show(std::string(BAKER_VERSION) + "\n");
  if (asks_for_help && words[0] == "exit-codes") return show(exit_codes());
  const Command* command = find_command(words[0]);
  if (command == nullptr) throw unknown_command(program, words[0]);
  words.erase(words.begin());
  return call(*command, program, asks_for_help ? std::vector<std::string>{"--help"} : words);
}

}  // namespace
}  // namespace baker

int main(int argc, char** argv) {
  baker::open_standard_streams();
  baker::keep_known_variables();
  try {
    return baker::status_with_output(baker::run(argv[0], {argv + 1, argv + argc}));
  } catch (const baker::Error& error) {
    std::fflush(stdout);
    baker::print(error);
    return baker::exit_status_of(error);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr,
                 "baker: a mistake in baker itself: %s; please report it with what you did\n",
                 error.what());
    return baker::kExitFailed;
  }
}
