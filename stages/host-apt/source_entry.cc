#include "source_entry.h"

#include <algorithm>
#include <iterator>
#include <regex>
#include <sstream>

#include "text/text.h"

namespace baker {
namespace {

// Those that apt needs to read the archive; sources.list(5). In a stanza `arch` has another name.
constexpr const char* kKept[] = {
    "signed-by",  "trusted",    "arch",           "check-valid-until",
    "check-date", "allow-weak", "allow-insecure", "allow-downgrade-to-insecure"};

bool is_kept(const std::string& name) {
  return std::ranges::find(kKept, name) != std::end(kKept);
}

// deb [signed-by=/usr/share/keyrings/x.gpg trusted=yes] http://… bookworm main
SourceEntry entry_of_line(const std::string& line) {
  static const std::regex kOptions(R"(^\s*deb\s+\[([^\]]*)\])");
  SourceEntry entry;
  std::smatch options;
  if (!std::regex_search(line, options, kOptions)) return entry;
  std::istringstream words(options[1]);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    const std::string name = lower_case(word.substr(0, equals));
    if (equals != std::string::npos && is_kept(name)) entry.options[name] = word.substr(equals + 1);
  }
  return entry;
}

// A line of a value that has several begins with a blank, and an empty one of them is a dot.
std::string continued(const std::string& line) {
  const std::string text = line.substr(1);
  return text == "." ? "" : text;
}

std::string with_commas(const std::string& text) {
  std::istringstream words(std::regex_replace(text, std::regex(","), " "));
  std::string list;
  for (std::string word; words >> word;) list += (list.empty() ? "" : ",") + word;
  return list;
}

SourceEntry entry_of_stanza(std::istringstream& lines, std::size_t number) {
  std::map<std::string, std::string> fields;
  std::size_t stanza = 0;
  bool inside = false;
  std::string name;  // empty: of another stanza
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    if (trimmed(line).empty()) {
      inside = false;
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (!name.empty()) fields[name] += "\n" + continued(line);
    } else {
      if (!inside) ++stanza;
      inside = true;
      const std::size_t colon = std::min(line.find(':'), line.size() - 1);
      name = stanza == number ? lower_case(line.substr(0, colon)) : "";
      if (!name.empty()) fields[name] = line.substr(colon + 1);
    }
  }
  SourceEntry entry;
  for (const auto& [field, value] : fields) {
    const std::string option = field == "architectures" ? "arch" : field;
    if (!is_kept(option)) continue;
    const std::string text = trimmed(value);
    entry.options[option] = text.starts_with("-----BEGIN") ? text : with_commas(text);
  }
  return entry;
}

}  // namespace

std::string SourceEntry::signed_by() const {
  const auto found = options.find("signed-by");
  return found == options.end() ? "" : found->second;
}

bool SourceEntry::is_trusted() const {
  const auto found = options.find("trusted");
  if (found == options.end()) return false;
  const std::string value = lower_case(found->second);
  return value == "yes" || value == "true" || value == "on" || value == "1" || value == "with";
}

SourceEntry source_entry(std::string_view text, bool deb822, std::size_t number) {
  std::istringstream lines{std::string(text)};
  if (deb822) return entry_of_stanza(lines, number);
  std::string line;
  for (std::size_t i = 0; i < number; ++i) std::getline(lines, line);
  return entry_of_line(line);
}

}  // namespace baker
