#include "tests/support/pictured.h"

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace baker::testing {
namespace {

std::string content_of(const std::string& page) {
  std::ifstream stream(std::string(BAKER_SOURCE) + "/" + page);
  if (!stream) throw std::runtime_error("cannot read " + page);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string replaced(std::string text, const char* what, const char* by) {
  return std::regex_replace(text, std::regex(what), by);
}

// The lines of its blocks of code, or of a picture; a command begins with a prompt.
std::vector<std::string> shown_lines(const std::string& page) {
  std::istringstream stream(content_of(page));
  std::vector<std::string> lines;
  const std::regex pictured("<text[^>]*>(.*)</text>");
  bool in_block = false;
  for (std::string line; std::getline(stream, line);) {
    std::smatch text;
    if (std::regex_match(line, text, pictured)) {
      const std::string unescaped = replaced(replaced(text[1], "&gt;", ">"), "&lt;", "<");
      lines.push_back(replaced(replaced(unescaped, "&#x27;", "'"), "&amp;", "&"));
    } else if (line.starts_with("```")) {
      in_block = !in_block;
      lines.emplace_back();
    } else if (in_block) {
      lines.push_back(line);
    }
  }
  return lines;
}

// In one line, without what differs from run to run.
std::string comparable(const std::string& text) {
  std::string plain = replaced(text, "\\S*/(\\w+\\.toml)", "$1");
  plain = replaced(plain, "\\b[0-9a-f]{12}\\b", "DIGEST");
  plain = replaced(plain, "[0-9]+(\\.[0-9]+)*( (ms|s|min|B|KB|MB|GB)\\b)*", "N");
  plain = replaced(plain, "N( N)+", "N");  // "1 min 22 s"
  plain = replaced(plain, "\\((copy|reflink|snapshot)\\)", "(METHOD)");
  plain = replaced(plain, "\\s+", " ");
  return replaced(plain, "^ | $", "");
}

bool is_compared(const std::string& line) {
  return !std::regex_search(line, std::regex("^\\s*$|…|^next: |waiting for|download|^warning"));
}

}  // namespace

std::vector<std::string> pictured_outputs(const std::string& page, const std::string& command) {
  std::vector<std::string> outputs;
  bool under_it = false;
  for (const std::string& line : shown_lines(page)) {
    if (line.starts_with("# ") || line.starts_with("$ ")) {
      under_it = line.substr(2) == command;
      if (under_it) outputs.emplace_back();
    } else if (line.empty()) {
      under_it = false;
    } else if (under_it) {
      outputs.back() += line + "\n";
    }
  }
  if (outputs.empty()) throw std::runtime_error(page + " does not show `" + command + "`");
  return outputs;
}

std::vector<std::string> lines_not_printed(const std::string& pictured,
                                           const std::string& printed) {
  const std::string all = comparable(printed);
  std::vector<std::string> missing;
  std::istringstream lines(pictured);
  for (std::string line; std::getline(lines, line);) {
    if (is_compared(line) && all.find(comparable(line)) == std::string::npos)
      missing.push_back(line);
  }
  return missing;
}

}  // namespace baker::testing
