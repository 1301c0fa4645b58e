#include "engine/report/reporters.h"

#include "engine/base/clock.h"
#include "engine/report/json_reporter.h"
#include "engine/report/lines_reporter.h"
#include "engine/report/terminal_reporter.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace baker {
namespace {

// https://no-color.org: present and not empty.
bool colours_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

bool can_move_its_cursor() {
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

}  // namespace

std::unique_ptr<EventSink> make_reporter(const ReportOptions& options) {
  static const RealClock kClock;
  if (options.style == ReportStyle::kJson) return std::make_unique<JsonReporter>(std::cout);
  const bool live = options.style == ReportStyle::kTerminal && !options.quiet && !options.verbose;
  if (!live || !can_move_its_cursor()) {
    return std::make_unique<LinesReporter>(options.quiet, options.verbose, std::cout, std::cerr);
  }
  return std::make_unique<TerminalReporter>(colours_wanted(), stdout, stderr, kClock);
}

}  // namespace baker
