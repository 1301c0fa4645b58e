#include "source_entry.h"

#include <regex>
#include <sstream>

#include "text/text.h"

namespace baker {
namespace {

// deb [signed-by=/usr/share/keyrings/x.gpg trusted=yes] http://… bookworm main
SourceEntry entry_of_line(const std::string& line) {
  static const std::regex kSignedBy(R"(\[[^\]]*\bsigned-by=([^\s\]]+)[^\]]*\].*)");
  static const std::regex kTrusted(R"(\[[^\]]*\btrusted=yes\b)");
  std::smatch found;
  SourceEntry entry;
  if (std::regex_search(line, found, kSignedBy)) entry.signed_by = found[1];
  entry.trusted = std::regex_search(line, kTrusted);
  return entry;
}

// A line of a value that has several begins with a blank, and an empty one of them is a dot.
std::string continued(const std::string& line) {
  const std::string text = line.substr(1);
  return text == "." ? "" : text;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

SourceEntry entry_of_stanza(std::istringstream& lines, std::size_t number) {
  SourceEntry entry;
  std::size_t stanza = 0;
  bool inside = false;
  std::string* value = nullptr;
  std::string trusted, other;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    if (trimmed(line).empty()) {
      inside = false;
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (value) *value += "\n" + continued(line);
    } else {
      if (!inside) ++stanza;
      inside = true;
      const std::string name = lower_case(line.substr(0, line.find(':')));
      value = stanza != number      ? &other
              : name == "signed-by" ? &entry.signed_by
              : name == "trusted"   ? &trusted
                                    : &other;
      *value = line.substr(std::min(line.find(':') + 1, line.size()));
    }
  }
  entry.signed_by = trimmed(entry.signed_by);
  entry.trusted = lower_case(trimmed(trusted)) == "yes";
  return entry;
}

}  // namespace

SourceEntry source_entry(std::string_view text, bool deb822, std::size_t number) {
  std::istringstream lines{std::string(text)};
  if (deb822) return entry_of_stanza(lines, number);
  std::string line;
  for (std::size_t i = 0; i < number; ++i) std::getline(lines, line);
  return entry_of_line(line);
}

}  // namespace baker
