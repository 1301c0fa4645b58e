#include "engine/report/terminal_screen.h"

#include "engine/report/printable.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace baker {
namespace {

constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";
constexpr std::string_view kEraseBelow = "\x1b[J";
constexpr std::string_view kPlainAgain = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kFaint = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kYellow = "\x1b[33m";

std::string painted(std::string_view colour, const std::string& text) {
  return text.empty() ? "" : std::string(colour) + text + std::string(kPlainAgain);
}

std::string painted(const Span& span, const std::string& text) {
  if (span.paint == Paint::kNone) return text;
  return painted(span.paint == Paint::kName ? kBold : kFaint, text);
}

void write_all(FILE* file, const std::string& text) {
  fwrite(text.data(), 1, text.size(), file);
  fflush(file);
}

}  // namespace

TerminalScreen::TerminalScreen(FILE* out, FILE* err, bool colours)
    : out_(out), err_(err), colours_(colours), colours_on_err_(colours && isatty(fileno(err))) {}

TerminalScreen::~TerminalScreen() {
  draw({}, {});
}

TerminalSize TerminalScreen::size() const {
  winsize window{};
  if (ioctl(fileno(out_), TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) {
    return {};
  }
  return {window.ws_col, window.ws_row};
}

void TerminalScreen::draw(const std::vector<Line>& above, const std::vector<Row>& block) {
  const bool was_drawn = !drawn_.empty();
  std::string pending = erase_block();
  for (const Line& line : above) print(line, pending);
  if (!was_drawn && !block.empty()) pending += kHideCursor;
  if (was_drawn && block.empty()) pending += kShowCursor;
  pending += draw_block(block);
  flush(pending);
}

// The terminal may have become narrower since, and the rows with it longer.
std::string TerminalScreen::erase_block() {
  const TerminalSize now = size();
  size_t rows = 0;
  for (const size_t width : drawn_) {
    rows += std::max<size_t>(1, (width + now.columns - 1) / now.columns);
  }
  drawn_.clear();
  if (rows == 0) return "";
  rows = std::min(rows, now.rows - 1);
  std::string text = "\r";
  if (rows > 0) text += fmt::format("\x1b[{}A", rows);
  return text + std::string(kEraseBelow);
}

std::string TerminalScreen::draw_block(const std::vector<Row>& block) {
  const size_t columns = size().columns - 1;  // a full row would make some terminals wrap
  std::string text;
  for (const Row& row : block) {
    size_t used = 0;
    for (const Span& span : row) {
      const std::string cut = cut_to_width(span.text, columns - used);
      used += display_width(cut);
      text += colours_ ? painted(span, cut) : cut;
      if (cut.size() != span.text.size()) break;
    }
    drawn_.push_back(used);
    text += '\n';
  }
  return text;
}

void TerminalScreen::print(const Line& line, std::string& pending) {
  if (line.tone == Tone::kPlain) {
    pending += line.text + "\n";
    return;
  }
  flush(pending);  // what was said before stands before it, and the block is gone
  const std::string_view colour = line.tone == Tone::kWarning ? kYellow : kRed;
  write_all(err_, (colours_on_err_ ? painted(colour, line.text) : line.text) + "\n");
}

void TerminalScreen::flush(std::string& pending) {
  if (pending.empty()) return;
  write_all(out_, pending);
  pending.clear();
}

}  // namespace baker
