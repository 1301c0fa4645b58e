#include "engine/report/narrator.h"

#include "engine/base/text.h"
#include "engine/report/printable.h"
#include "engine/report/words.h"

namespace baker {
namespace {

// The lines of a text that may have several; those after the first are indented.
std::vector<Line> lines_of(Tone tone, const std::string& text) {
  std::vector<Line> lines;
  for (const std::string& line : split(text, '\n')) {
    if (lines.empty()) {
      lines.push_back({tone, printable(line)});
    } else if (!line.empty()) {
      lines.push_back({tone, "  " + printable(line)});
    }
  }
  return lines;
}

std::vector<Line> warning(const std::string& text) {
  return lines_of(Tone::kWarning, "warning: " + text);
}

}  // namespace

std::vector<Line> Narrator::tell(const Event& event) {
  if (const auto* output = std::get_if<StageOutput>(&event)) return tell_output(*output);
  if (const auto* message = std::get_if<StageMessage>(&event)) return tell_message(*message);
  if (const auto* finished = std::get_if<StageFinished>(&event)) return tell_finished(*finished);
  if (const auto* note = std::get_if<Note>(&event)) return tell_note(*note);
  if (const auto* run = std::get_if<RunFinished>(&event)) return tell_summary(*run);
  return {};
}

std::vector<Line> Narrator::tell_output(const StageOutput& output) const {
  if (quiet_ || !verbose_) return {};
  return {{Tone::kPlain, printable(output.stage) + " | " + printable(output.line)}};
}

std::vector<Line> Narrator::tell_message(const StageMessage& message) const {
  const std::string text = message.stage + ": " + message.text;
  if (message.warning) return warning(text);
  if (quiet_ || !verbose_) return {};
  return lines_of(Tone::kPlain, text);
}

std::vector<Line> Narrator::tell_finished(const StageFinished& finished) {
  const std::string line = printable(finished_line(finished));
  if (finished.outcome == StageOutcome::kFailed) return {{Tone::kFailure, line}};
  if (finished.outcome == StageOutcome::kPlaced && !finished.detail.empty()) {
    methods_.insert(finished.detail);
  }
  const bool was_there =
      finished.outcome == StageOutcome::kCached || finished.outcome == StageOutcome::kInPlace;
  if (quiet_ || (was_there && !verbose_)) return {};
  return {{Tone::kPlain, line}};
}

std::vector<Line> Narrator::tell_note(const Note& note) const {
  if (note.warning) return warning(note.text);
  if (quiet_) return {};
  return lines_of(Tone::kPlain, note.text);
}

std::vector<Line> Narrator::tell_summary(const RunFinished& finished) const {
  if (quiet_) return {};
  std::vector<Line> lines;
  for (const std::string& line : summary_lines(finished, methods_)) {
    lines.push_back({Tone::kPlain, printable(line)});
  }
  return lines;
}

}  // namespace baker
