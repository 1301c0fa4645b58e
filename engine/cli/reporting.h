// Which reporter the command line asks for.
#pragma once

#include "engine/cli/settings.h"
#include "engine/report/reporters.h"

#include <unistd.h>

namespace baker {

inline std::unique_ptr<EventSink> make_sink(const Settings& settings) {
  ReportOptions options;
  options.quiet = settings.quiet;
  options.verbose = settings.verbose;
  if (settings.json) {
    options.style = ReportStyle::kJson;
  } else if (isatty(STDOUT_FILENO) && !settings.quiet && !settings.verbose) {
    options.style = ReportStyle::kTerminal;
  }
  return make_reporter(options);
}

}  // namespace baker
