// A terminal with a block of rows at its end that can be drawn again, while lines scroll up above.
#pragma once

#include "engine/report/live_block.h"
#include "engine/report/narrator.h"

#include <cstdio>
#include <string>
#include <vector>

namespace baker {

struct TerminalSize {
  size_t columns = 80;
  size_t rows = 24;
};

class TerminalScreen {
 public:
  // `out` is the terminal; `err` may be the same one or a file. Neither is owned.
  TerminalScreen(FILE* out, FILE* err, bool colours);
  ~TerminalScreen();  // takes the block away and shows the cursor
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  TerminalSize size() const;

  // Puts the lines above the block and draws the block anew, cut to the terminal's width. While
  // the block is empty the cursor is shown, and nothing but the lines is written.
  void draw(const std::vector<Line>& above, const std::vector<Row>& block);

 private:
  std::string erase_block();
  std::string draw_block(const std::vector<Row>& block);
  void print(const Line& line, std::string& pending);
  void flush(std::string& pending);

  FILE* out_;
  FILE* err_;
  bool colours_;
  bool colours_on_err_;
  std::vector<size_t> drawn_;  // widths of the rows on the terminal
};

}  // namespace baker
