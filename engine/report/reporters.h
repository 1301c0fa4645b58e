// How events look: lines, a live view on a terminal, or JSON Lines.
#pragma once

#include "engine/build/events.h"

#include <memory>

namespace baker {

enum class ReportStyle { kLines, kTerminal, kJson };

struct ReportOptions {
  ReportStyle style = ReportStyle::kLines;
  bool quiet = false;    // only warnings and errors
  bool verbose = false;  // everything that stages print
};

// Events go to standard output, warnings and errors (in the human styles) to standard error.
std::unique_ptr<EventSink> make_reporter(const ReportOptions& options);

}  // namespace baker
