// Notices a Kafka that ends again and again, which no waiting helps.
#pragma once

#include <baker/sdk/probe.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace baker::kafka_probe {

inline constexpr int kTooManyRestarts = 3;

class Restarts {
 public:
  // `machines` outlives this.
  explicit Restarts(const Machines& machines) : machines_(machines) {}

  // The first of these machines whose systemd has started kafka.service again as often as
  // kTooManyRestarts since it was first asked here; empty: none. Asks every other second at most.
  std::string hopeless(const std::vector<std::string>& machines);

 private:
  int restarts_in(const std::string& machine) const;

  const Machines& machines_;
  std::map<std::string, int> first_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace baker::kafka_probe
