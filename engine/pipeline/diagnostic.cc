#include "engine/pipeline/diagnostic.h"

#include "engine/base/text.h"

#include <algorithm>

namespace baker {

std::string Diagnostic::text() const {
  std::string text = file;
  if (at.line > 0) text += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  if (!text.empty()) text += ": ";
  text += message;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

void Diagnostics::add(Position at, std::string message, std::string hint) {
  all_.push_back({file_, at, std::move(message), std::move(hint)});
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
  throw Error(ErrorCode::kInvalid, join(lines, "\n"));
}

std::string suggestion(const std::string& written, const std::vector<std::string>& candidates) {
  if (std::optional<std::string> meant = did_you_mean(written, candidates))
    return "did you mean \"" + *meant + "\"?";
  if (candidates.empty() || candidates.size() > 20) return "";
  return "there are: " + join(candidates, ", ");
}

}  // namespace baker
