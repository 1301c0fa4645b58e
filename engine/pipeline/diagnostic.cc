#include "engine/pipeline/diagnostic.h"

#include "engine/base/text.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

constexpr size_t kMostMistakes = 1000;  // are looked for
constexpr size_t kMostTold = 100;

}  // namespace

std::string Diagnostic::text() const {
  std::string text = file;
  if (at.line > 0) text += fmt::format(":{}:{}", at.line, at.column);
  if (!text.empty()) text += ": ";
  text += message;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

void Diagnostics::add(Position at, std::string message, std::string hint) {
  add({file_, at, std::move(message), std::move(hint)});
}

void Diagnostics::add(Diagnostic diagnostic) {
  all_.push_back(std::move(diagnostic));
  if (all_.size() >= kMostMistakes) throw_if_any();
}

void Diagnostics::throw_if_any() const {
  if (all_.empty()) return;
  std::vector<Diagnostic> sorted = all_;
  std::ranges::stable_sort(sorted, [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
  std::vector<std::string> lines;
  for (const Diagnostic& each : sorted) {
    if (std::string line = each.text(); lines.empty() || lines.back() != line)
      lines.push_back(std::move(line));
  }
  if (lines.size() > kMostTold) {
    const size_t more = lines.size() - kMostTold;
    lines.resize(kMostTold);
    const char* const unread = all_.size() >= kMostMistakes ? "; nothing was read after them" : "";
    lines.push_back(fmt::format("and {} more{}", more, unread));
  }
  throw Error(ErrorCode::kInvalid, join(lines, "\n"));
}

std::string suggestion(const std::string& written, const std::vector<std::string>& candidates) {
  if (std::optional<std::string> meant = did_you_mean(written, candidates))
    return "did you mean \"" + *meant + "\"?";
  if (candidates.empty() || candidates.size() > 20) return "";
  return "there are: " + join(candidates, ", ");
}

}  // namespace baker
