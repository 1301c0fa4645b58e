#include "engine/report/lines_reporter.h"

#include "engine/base/text.h"
#include "engine/report/printable.h"
#include "engine/report/words.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>

namespace baker {
namespace {

constexpr std::uint64_t kWorthALine = 1'000'000;  // bytes of a download

std::shared_ptr<spdlog::logger> line_logger(const std::string& name, std::ostream& stream) {
  const bool flush_each = true;
  auto logger = std::make_shared<spdlog::logger>(
      name, std::make_shared<spdlog::sinks::ostream_sink_st>(stream, flush_each));
  logger->set_pattern("%v");
  return logger;
}

}  // namespace

LinesReporter::LinesReporter(bool quiet, bool verbose, std::ostream& out, std::ostream& err)
    : quiet_(quiet),
      narrator_(quiet, verbose),
      out_(line_logger("stdout", out)),
      err_(line_logger("stderr", err)) {}

void LinesReporter::on(const Event& event) {
  if (const auto* started = std::get_if<StageStarted>(&event)) on_started(*started);
  if (const auto* waiting = std::get_if<StageWaiting>(&event)) on_waiting(*waiting);
  if (const auto* waits = std::get_if<StageWaitsFor>(&event))
    print_plain(waits->stage + ": waiting for " + waits->what);
  if (const auto* progress = std::get_if<DownloadProgress>(&event)) on_download(*progress);
  for (const Line& line : narrator_.tell(event)) print(line);
}

void LinesReporter::on_started(const StageStarted& started) {
  print_plain(started.stage + ": " + step_words(started) + reason_in_brackets(started));
}

void LinesReporter::on_waiting(const StageWaiting& waiting) {
  print_plain(waiting.stage + ": waiting for " + waiting.for_what);
}

void LinesReporter::on_download(const DownloadProgress& progress) {
  const TimePoint now = std::chrono::steady_clock::now();
  const std::uint64_t size = std::max(progress.done, progress.total);
  if (size <= kWorthALine) return;
  const auto [announced, is_new] = downloads_.try_emplace({progress.stage, progress.name}, now);
  if (progress.finished) {
    std::string line = progress.stage + ": downloaded " + progress.name + ", " + human_bytes(size);
    const std::chrono::duration<double> taken = now - announced->second;
    if (!is_new) line += " in " + human_duration(taken.count());
    print_plain(line);
    downloads_.erase(announced);
  } else if (is_new) {
    const std::string total = progress.total > 0 ? " (" + human_bytes(progress.total) + ")" : "";
    print_plain(progress.stage + ": downloading " + progress.name + total);
  }
}

void LinesReporter::print(const Line& line) {
  if (line.tone == Tone::kPlain) {
    out_->info("{}", line.text);
  } else {
    err_->warn("{}", line.text);
  }
}

void LinesReporter::print_plain(const std::string& text) {
  if (!quiet_) print({Tone::kPlain, printable(text)});
}

}  // namespace baker
