// What is going on at this moment: the part of the live view that is drawn again and again.
#pragma once

#include "engine/bake/events.h"
#include "engine/report/download_meter.h"

#include <chrono>
#include <string>
#include <vector>

namespace baker {

enum class Paint { kNone, kName, kFaint };

struct Span {
  Paint paint = Paint::kNone;
  std::string text;  // printable
};
using Row = std::vector<Span>;

class LiveBlock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void on_started(const StageStarted& started, TimePoint now);
  void on_waiting(const StageWaiting& waiting, TimePoint now);
  void on_line(const std::string& stage, const std::string& line);  // of its log
  void on_download(const DownloadProgress& progress, TimePoint now);
  // Takes the stage out. Returns why it ran, in brackets, or nothing.
  std::string on_finished(const StageFinished& finished);
  void clear() { running_.clear(); }

  // At most so many rows: logs give way first, then downloads, then stages are only counted.
  std::vector<Row> rows(TimePoint now, size_t most) const;

 private:
  struct Running {
    std::string stage;
    std::string step;
    std::string reason;
    TimePoint since;
    std::string last_line;
    DownloadMeter downloads;
  };

  Running* find(const std::string& stage);
  Running& find_or_add(const std::string& stage, TimePoint now);
  size_t name_columns() const;
  Row header(const Running& running, TimePoint now) const;
  std::vector<Row> counted_rows(TimePoint now, size_t most) const;

  std::vector<Running> running_;  // in the order in which they started
};

}  // namespace baker
