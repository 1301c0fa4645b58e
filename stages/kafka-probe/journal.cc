#include "journal.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <vector>

namespace baker::kafka_probe {
namespace {

using Lines = std::vector<std::string>;

// An indented line goes on with the one above: a stack trace, or a configuration of hundreds of
// lines.
bool is_telling(const std::string& line) {
  for (const char* start : {"\t", " ", "INFO ", "DEBUG "}) {
    if (line.starts_with(start)) return false;
  }
  return !line.empty();
}

Lines lines_of(const std::string& text) {
  std::istringstream stream(text);
  Lines lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::string telling_lines(const std::string& journal, std::size_t count) {
  const Lines all = lines_of(journal);
  Lines telling;
  std::ranges::copy_if(all, std::back_inserter(telling), is_telling);
  const Lines& chosen = telling.empty() ? all : telling;
  std::string text;
  for (std::size_t i = chosen.size() - std::min(chosen.size(), count); i < chosen.size(); ++i)
    text += chosen[i] + "\n";
  return text;
}

}  // namespace baker::kafka_probe
