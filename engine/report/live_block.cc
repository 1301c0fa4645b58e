#include "engine/report/live_block.h"

#include "engine/report/printable.h"
#include "engine/report/words.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

constexpr size_t kWidestName = 24;

}  // namespace

void LiveBlock::on_started(const StageStarted& started, TimePoint now) {
  Running& running = find_or_add(started.stage, now);
  running.step = printable(step_words(started));
  if (const std::string reason = reason_in_brackets(started); !reason.empty()) {
    running.reason = printable(reason);
  }
  running.last_line.clear();
  running.downloads = {};
}

void LiveBlock::on_waiting(const StageWaiting& waiting, TimePoint now) {
  find_or_add(waiting.stage, now).step = "waiting for " + waiting.for_what;
}

void LiveBlock::on_line(const std::string& stage, const std::string& text) {
  std::string line = printable(text);
  if (line.find_first_not_of(' ') == std::string::npos) return;
  if (Running* running = find(stage)) running->last_line = std::move(line);
}

void LiveBlock::on_download(const DownloadProgress& progress, TimePoint now) {
  if (Running* running = find(progress.stage)) running->downloads.on(progress, now);
}

std::string LiveBlock::on_finished(const StageFinished& finished) {
  const auto at = std::ranges::find(running_, finished.stage, &Running::stage);
  if (at == running_.end()) return "";
  std::string reason = std::move(at->reason);
  running_.erase(at);
  return reason;
}

LiveBlock::Running* LiveBlock::find(const std::string& stage) {
  const auto at = std::ranges::find(running_, stage, &Running::stage);
  return at == running_.end() ? nullptr : &*at;
}

LiveBlock::Running& LiveBlock::find_or_add(const std::string& stage, TimePoint now) {
  if (Running* running = find(stage)) return *running;
  running_.push_back({stage, "", "", now, "", {}});
  return running_.back();
}

size_t LiveBlock::name_columns() const {
  size_t widest = 0;
  for (const Running& running : running_) {
    widest = std::max(widest, display_width(printable(running.stage)));
  }
  return std::min(widest, kWidestName);
}

Row LiveBlock::header(const Running& running, TimePoint now) const {
  const std::string name = printable(running.stage);
  const size_t width = display_width(name);
  const size_t column = name_columns();
  const std::string gap(width < column ? column - width : 0, ' ');
  const std::chrono::duration<double> elapsed = now - running.since;
  return {{Paint::kName, name},
          {Paint::kNone, gap + "  " + running.step + "  " + human_duration(elapsed.count())},
          {Paint::kFaint, running.reason}};
}

std::vector<Row> LiveBlock::rows(TimePoint now, size_t most) const {
  size_t downloads = 0;
  size_t logs = 0;
  for (const Running& running : running_) {
    downloads += running.downloads.is_active() ? 1 : 0;
    logs += running.last_line.empty() ? 0 : 1;
  }
  if (running_.size() > most) return counted_rows(now, most);
  const bool with_downloads = running_.size() + downloads <= most;
  const bool with_logs = running_.size() + downloads + logs <= most;

  std::vector<Row> rows;
  for (const Running& running : running_) {
    rows.push_back(header(running, now));
    if (with_downloads && running.downloads.is_active()) {
      rows.push_back({{Paint::kNone, "  " + printable(running.downloads.text())}});
    }
    if (with_logs && !running.last_line.empty()) {
      rows.push_back({{Paint::kFaint, "  " + running.last_line}});
    }
  }
  return rows;
}

std::vector<Row> LiveBlock::counted_rows(TimePoint now, size_t most) const {
  std::vector<Row> rows;
  if (most == 0) return rows;
  for (size_t i = 0; i + 1 < most; ++i) rows.push_back(header(running_[i], now));
  const size_t more = running_.size() - rows.size();
  rows.push_back({{Paint::kFaint, rows.empty() ? fmt::format("{} stages run", more)
                                               : fmt::format("… and {} more", more)}});
  return rows;
}

}  // namespace baker
