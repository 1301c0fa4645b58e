// A live view: what is finished scrolls up, what runs is drawn below it about ten times a second.
#pragma once

#include "engine/bake/events.h"
#include "engine/base/clock.h"
#include "engine/report/live_block.h"
#include "engine/report/narrator.h"
#include "engine/report/terminal_screen.h"

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace baker {

class TerminalReporter final : public EventSink {
 public:
  // `out` is a terminal, `err` need not be one. All must outlive the reporter, which leaves
  // nothing of the block behind, neither after RunFinished nor when it ends before.
  TerminalReporter(bool colours, FILE* out, FILE* err, const Clock& clock);
  ~TerminalReporter() override;

  void on(const Event& event) override;
  void tick() override;
  bool wants_ticks() const override { return true; }

 private:
  // Returns why the stage ran that the event says is finished, in brackets, or nothing.
  std::string update_block(const Event& event);
  void draw_if_due();
  void draw();

  const Clock& clock_;
  Narrator narrator_;
  LiveBlock block_;
  TerminalScreen screen_;
  std::vector<Line> waiting_;  // lines that the next drawing brings
  std::optional<std::chrono::steady_clock::time_point> drawn_;
};

}  // namespace baker
