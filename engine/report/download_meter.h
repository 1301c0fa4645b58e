// How far the downloads of one stage are, and how fast.
#pragma once

#include "engine/bake/events.h"

#include <chrono>
#include <deque>
#include <map>
#include <string>

namespace baker {

class DownloadMeter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void on(const DownloadProgress& progress, TimePoint now);
  bool is_active() const { return !active_.empty(); }

  // "kafka.tgz  33 % of 128 MB, 12 MB/s  █████░░░░░░░░░░░"; several downloads are summed.
  std::string text() const;

 private:
  struct Download {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
  };
  struct Sample {
    TimePoint when;
    std::uint64_t received;
  };

  void add_sample(TimePoint now);
  std::string name() const;
  Download sum_of_active() const;
  std::string rate() const;

  std::map<std::string, Download> active_;
  size_t finished_ = 0;
  std::uint64_t received_ = 0;  // since the first event; a resumed part does not count
  std::deque<Sample> samples_;  // of the last seconds
};

}  // namespace baker
