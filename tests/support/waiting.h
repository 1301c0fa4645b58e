// Waiting for what others do.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace baker::testing {

// False where it does not within the limit.
inline bool comes_true(const std::function<bool()>& condition,
                       std::chrono::seconds limit = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace baker::testing
