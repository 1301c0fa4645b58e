// Plain lines, for logs and CI.
#pragma once

#include "engine/bake/events.h"
#include "engine/report/narrator.h"

#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

namespace spdlog {
class logger;
}

namespace baker {

class LinesReporter final : public EventSink {
 public:
  // Warnings and failures go to `err`; each line is flushed. The streams must outlive the reporter.
  LinesReporter(bool quiet, bool verbose, std::ostream& out, std::ostream& err);
  void on(const Event& event) override;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  void on_started(const StageStarted& started);
  void on_waiting(const StageWaiting& waiting);
  void on_download(const DownloadProgress& progress);
  void print(const Line& line);
  void print_plain(const std::string& text);  // nothing when quiet

  bool quiet_;
  Narrator narrator_;
  std::shared_ptr<spdlog::logger> out_;
  std::shared_ptr<spdlog::logger> err_;
  std::map<std::pair<std::string, std::string>, TimePoint> downloads_;  // announced; stage, name
};

}  // namespace baker
