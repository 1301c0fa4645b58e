#include "engine/report/terminal_reporter.h"

namespace baker {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings(100);
constexpr std::chrono::milliseconds kTickSlack(10);  // a tick that is early by a hair counts

}  // namespace

TerminalReporter::TerminalReporter(bool verbose, bool colours, FILE* out, FILE* err,
                                   const Clock& clock)
    : clock_(clock), narrator_(false, verbose), screen_(out, err, colours) {}

TerminalReporter::~TerminalReporter() {
  block_.clear();
  draw();
}

void TerminalReporter::on(const Event& event) {
  std::string why;
  if (const auto* finished = std::get_if<StageFinished>(&event))
    why = block_.on_finished(*finished);
  for (Line& line : narrator_.tell(event)) {
    if (line.tone == Tone::kPlain) line.text += why;
    waiting_.push_back(std::move(line));
  }
  if (update_block(event)) {
    draw();
  } else {
    draw_if_due();
  }
}

void TerminalReporter::tick() {
  draw_if_due();
}

bool TerminalReporter::update_block(const Event& event) {
  const auto now = clock_.steady_now();
  if (const auto* started = std::get_if<StageStarted>(&event)) block_.on_started(*started, now);
  if (const auto* waiting = std::get_if<StageWaiting>(&event)) block_.on_waiting(*waiting, now);
  if (const auto* output = std::get_if<StageOutput>(&event)) block_.on_output(*output);
  if (const auto* progress = std::get_if<DownloadProgress>(&event)) {
    block_.on_download(*progress, now);
  }
  if (std::holds_alternative<RunFinished>(event)) block_.clear();
  const auto* finished = std::get_if<StageFinished>(&event);
  return (finished != nullptr && finished->outcome != StageOutcome::kCached) ||
         std::holds_alternative<StageMessage>(event) || std::holds_alternative<Note>(event) ||
         std::holds_alternative<RunFinished>(event);
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
