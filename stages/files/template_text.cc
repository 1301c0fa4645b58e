#include "template_text.h"

#include <baker/stage.h>
#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

StageError mistake_at(size_t place, const std::string& text, const std::string& name,
                      const std::string& what) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(place), '\n');
  return StageError(fmt::format("{}, line {}: {}", name, line, what));
}

std::string names_of(const std::map<std::string, std::string>& values) {
  if (values.empty()) return "there are no values";
  std::string names;
  for (const auto& [name, value] : values) names += (names.empty() ? "" : ", ") + name;
  return "the values are " + names;
}

}  // namespace

std::string fill_template(const std::string& text, const std::map<std::string, std::string>& values,
                          const std::string& name) {
  std::string filled;
  size_t done = 0;
  for (size_t mark; (mark = text.find("${", done)) != std::string::npos;) {
    if (mark > done && text[mark - 1] == '$') {
      filled += text.substr(done, mark - 1 - done) + "${";
      done = mark + 2;
      continue;
    }
    const size_t end = text.find('}', mark);
    if (end == std::string::npos || text.substr(mark, end - mark).find('\n') != std::string::npos) {
      throw mistake_at(mark, text, name, "\"${\" without \"}\"; write \"$${\" for a plain \"${\"");
    }
    const std::string key = text.substr(mark + 2, end - mark - 2);
    const auto value = values.find(key);
    if (value == values.end()) {
      throw mistake_at(mark, text, name,
                       "\"${" + key + "}\" has no value (" + names_of(values) +
                           "); add it to `values`, or write \"$${\" for a plain \"${\"");
    }
    filled += text.substr(done, mark - done) + value->second;
    done = end + 1;
  }
  return filled + text.substr(done);
}

}  // namespace baker
