// How events look: lines, a live view on a terminal, or JSON Lines.
#pragma once

#include "engine/bake/events.h"

#include <memory>

namespace baker {

// kTerminal is for standard output on a terminal; where that can't move its cursor, and for those
// who want less or more than the live view shows, it is kLines. kJson writes every event.
enum class ReportStyle { kLines, kTerminal, kJson };

struct ReportOptions {
  ReportStyle style = ReportStyle::kLines;
  bool quiet = false;    // only warnings and errors
  bool verbose = false;  // everything that stages print
};

// Events go to standard output, warnings and errors (in the human styles) to standard error.
// The live view is taken off the terminal by RunFinished and when the reporter ends: what else is
// printed to a terminal comes after.
std::unique_ptr<EventSink> make_reporter(const ReportOptions& options);

}  // namespace baker
