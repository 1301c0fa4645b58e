#include "engine/report/download_meter.h"

#include "engine/base/text.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

constexpr std::chrono::seconds kRateWindow(3);
constexpr std::chrono::milliseconds kSampleDistance(100);
constexpr std::uint64_t kBarColumns = 16;

std::string bar(std::uint64_t done, std::uint64_t total) {
  const std::uint64_t full = std::min(done, total) * kBarColumns / total;
  std::string text;
  for (std::uint64_t i = 0; i < kBarColumns; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace

void DownloadMeter::on(const DownloadProgress& progress, TimePoint now) {
  const auto known = active_.find(progress.name);
  const bool is_new = known == active_.end();
  // What is there when a download first shows itself unfinished was there before: it is resumed.
  const std::uint64_t before =
      !is_new ? known->second.done : (progress.finished ? 0 : progress.done);
  if (progress.done > before) received_ += progress.done - before;
  if (progress.finished) {
    if (!is_new) active_.erase(known);
    ++finished_;
  } else {
    active_[progress.name] = {progress.done, progress.total};
  }
  add_sample(now);
}

void DownloadMeter::add_sample(TimePoint now) {
  if (!samples_.empty() && now - samples_.back().when < kSampleDistance) return;
  samples_.push_back({now, received_});
  while (now - samples_.front().when > kRateWindow) samples_.pop_front();
}

// What matters most comes first: a narrow terminal cuts the rest.
std::string DownloadMeter::text() const {
  const Download sum = sum_of_active();
  const bool total_known = sum.total > 0;
  std::string text = name() + "  ";
  if (total_known) {
    const std::uint64_t percent = std::min(sum.done, sum.total) * 100 / sum.total;
    text += fmt::format("{} % of {}", percent, human_bytes(sum.total));
  } else {
    text += human_bytes(sum.done);
  }
  if (const std::string speed = rate(); !speed.empty()) text += ", " + speed;
  if (total_known) text += "  " + bar(sum.done, sum.total);
  return text;
}

std::string DownloadMeter::name() const {
  const size_t count = active_.size();
  std::string name = count == 1 ? active_.begin()->first : fmt::format("{} downloads", count);
  if (finished_ > 0) name += fmt::format(" ({} done)", finished_);
  return name;
}

DownloadMeter::Download DownloadMeter::sum_of_active() const {
  Download sum;
  bool total_known = true;
  for (const auto& [name, each] : active_) {
    sum.done += each.done;
    sum.total += each.total;
    total_known = total_known && each.total > 0;
  }
  if (!total_known) sum.total = 0;
  return sum;
}

std::string DownloadMeter::rate() const {
  if (samples_.size() < 2) return "";
  const std::chrono::duration<double> seconds = samples_.back().when - samples_.front().when;
  const std::uint64_t bytes = samples_.back().received - samples_.front().received;
  const double per_second = static_cast<double>(bytes) / seconds.count();
  return human_bytes(static_cast<unsigned long long>(per_second)) + "/s";
}

}  // namespace baker
