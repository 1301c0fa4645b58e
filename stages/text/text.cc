#include "text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <stdexcept>

namespace baker {
namespace {

bool is_of_a_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// What stands between the `@` at `start` and the next one; empty where that is no name.
std::string_view name_at(std::string_view text, size_t start) {
  const auto* first = text.begin() + start + 1;
  const auto* end = std::find_if_not(first, text.end(), is_of_a_name);
  return end != text.end() && *end == '@' ? std::string_view(first, end) : std::string_view();
}

}  // namespace

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

bool has_word(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (&word != &words.front()) text += separator;
    text += word;
  }
  return text;
}

std::string filled(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string result;
  std::set<std::string, std::less<>> used;
  for (size_t at = 0; at < text.size();) {
    const std::string_view name = text[at] == '@' ? name_at(text, at) : "";
    if (name.empty()) {
      result += text[at++];
      continue;
    }
    const auto value = values.find(std::string(name));
    if (value == values.end()) throw std::logic_error(fmt::format("@{}@ has no value", name));
    used.emplace(name);
    result += value->second;
    at += name.size() + 2;
  }
  for (const auto& [name, value] : values)
    if (!used.contains(name)) throw std::logic_error(fmt::format("there is no @{}@", name));
  return result;
}

}  // namespace baker
