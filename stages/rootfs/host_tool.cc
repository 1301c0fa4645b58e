#include "host_tool.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "text/text.h"

namespace baker::rootfs {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Under the shell of run_tool, a missing program would be the shell's exit status 127.
void require_program(const Network& network, const std::string& program) {
  network.run({.argv = {program, "--version"}, .capture = true});
}

}  // namespace

CommandResult run_tool(const Network& network, const Context& context, const Command& command) {
  require_program(network, command.argv.front());
  const std::string output = context.scratch() + "/tool-output";
  Command logged = command;
  logged.argv = {"bash", "-c", "set -o pipefail; \"$@\" 2>&1 | tee \"$0\"", output};
  logged.argv.insert(logged.argv.end(), command.argv.begin(), command.argv.end());
  logged.env["LC_ALL"] = "C.UTF-8";  // its messages are read
  logged.check = false;
  CommandResult result = network.run(logged);
  result.output = read_file(output);
  std::filesystem::remove(output);
  return result;
}

bool mentions_any(std::string_view output, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    return output.find(phrase) != std::string_view::npos;
  });
}

std::string telling_line(std::string_view output, std::initializer_list<std::string_view> phrases) {
  const std::vector<std::string_view> lines = lines_of(output);
  const auto telling = std::find_if(lines.rbegin(), lines.rend(), [&](std::string_view line) {
    return mentions_any(line, phrases);
  });
  if (telling != lines.rend()) return trimmed(*telling);
  return lines.empty() ? "it said nothing" : trimmed(lines.back());
}

std::string last_lines(std::string_view output, std::size_t count) {
  const std::vector<std::string_view> lines = lines_of(output);
  std::string text;
  for (std::size_t i = lines.size() - std::min(count, lines.size()); i < lines.size(); ++i) {
    text += "\n  " + std::string(lines[i]);
  }
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw StageError("can't read " + path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_file(const std::string& path, std::string_view content) {
  std::ofstream stream(path, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw StageError("can't write " + path);
}

}  // namespace baker::rootfs
