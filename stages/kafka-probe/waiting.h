// Time that is left, and what it is spent on.
#pragma once

#include <baker/sdk/probe.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace baker::kafka_probe {

using std::chrono::milliseconds;

class Deadline {
 public:
  explicit Deadline(std::chrono::seconds after) : end_(std::chrono::steady_clock::now() + after) {}

  bool has_passed() const { return left() == milliseconds(0); }
  milliseconds left() const {
    const auto left = end_ - std::chrono::steady_clock::now();
    return std::max(std::chrono::duration_cast<milliseconds>(left), milliseconds(0));
  }
  // For one step on the way: at most `longest`, and at least what any answer needs.
  milliseconds for_a_step(milliseconds longest) const {
    return std::clamp(left(), milliseconds(100), longest);
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

// Tells the user what is waited for, once for each change.
class Waiting {
 public:
  explicit Waiting(const Machines& machines) : machines_(machines) {}
  void wait_for(const std::string& what) {
    if (what != last_) machines_.waiting_for(what);
    last_ = what;
  }
  const std::string& last() const { return last_; }

 private:
  const Machines& machines_;
  std::string last_;
};

}  // namespace baker::kafka_probe
