#include "engine/report/terminal_reporter.h"

namespace baker {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings(100);
constexpr std::chrono::milliseconds kTickSlack(10);  // a tick that is early by a hair counts

// Who wants less or more than the live view shows is better served by lines.
constexpr bool kQuiet = false;
constexpr bool kVerbose = false;

// Rare enough, and of a kind that must not wait for the next tick.
bool is_worth_drawing(const Event& event) {
  if (const auto* message = std::get_if<StageMessage>(&event)) return message->warning;
  if (const auto* finished = std::get_if<StageFinished>(&event)) {
    return finished->outcome != StageOutcome::kCached;
  }
  return std::holds_alternative<Note>(event) || std::holds_alternative<RunFinished>(event);
}

}  // namespace

TerminalReporter::TerminalReporter(bool colours, FILE* out, FILE* err, const Clock& clock)
    : clock_(clock), narrator_(kQuiet, kVerbose), screen_(out, err, colours) {}

TerminalReporter::~TerminalReporter() {
  block_.clear();
  draw();
}

void TerminalReporter::on(const Event& event) {
  const std::string why = update_block(event);
  for (Line& line : narrator_.tell(event)) {
    if (line.tone == Tone::kPlain) line.text += why;
    waiting_.push_back(std::move(line));
  }
  if (is_worth_drawing(event)) {
    draw();
  } else {
    draw_if_due();
  }
}

void TerminalReporter::tick() {
  draw_if_due();
}

std::string TerminalReporter::update_block(const Event& event) {
  const auto now = clock_.steady_now();
  if (const auto* started = std::get_if<StageStarted>(&event)) {
    block_.on_started(*started, now);
  } else if (const auto* waiting = std::get_if<StageWaiting>(&event)) {
    block_.on_waiting(*waiting, now);
  } else if (const auto* output = std::get_if<StageOutput>(&event)) {
    block_.on_line(output->stage, output->line);
  } else if (const auto* message = std::get_if<StageMessage>(&event)) {
    if (!message->warning) block_.on_line(message->stage, message->text);
  } else if (const auto* waits = std::get_if<StageWaitsFor>(&event)) {
    block_.on_line(waits->stage, "waiting for " + waits->what);
  } else if (const auto* progress = std::get_if<DownloadProgress>(&event)) {
    block_.on_download(*progress, now);
  } else if (const auto* finished = std::get_if<StageFinished>(&event)) {
    return block_.on_finished(*finished);
  } else if (std::holds_alternative<RunFinished>(event)) {
    block_.clear();
  }
  return "";
}

void TerminalReporter::draw_if_due() {
  if (drawn_ && clock_.steady_now() - *drawn_ < kBetweenDrawings - kTickSlack) return;
  draw();
}

void TerminalReporter::draw() {
  const auto now = clock_.steady_now();
  screen_.draw(waiting_, block_.rows(now, screen_.size().rows - 1));
  waiting_.clear();
  drawn_ = now;
}

}  // namespace baker
