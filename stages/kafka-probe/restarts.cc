#include "restarts.h"

#include <baker/sdk/error.h>

#include <algorithm>
#include <cstdlib>

namespace baker::kafka_probe {
namespace {

constexpr std::chrono::seconds kBetweenLooks(2);

}  // namespace

// None where systemd in the machine does not answer yet.
int Restarts::restarts_in(const std::string& machine) const {
  try {
    const Command ask{.argv = {"timeout", "10", "systemctl", "show", "--property=NRestarts",
                               "--value", "kafka.service"},
                      .capture = true,
                      .check = false};
    return std::atoi(machines_.run(machine, ask).output.c_str());
  } catch (const StageError&) {
    return 0;
  }
}

std::string Restarts::hopeless(const std::vector<std::string>& machines) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return "";
  next_ = now + kBetweenLooks;
  const std::vector<std::string> running = machines_.running();
  for (const std::string& machine : machines) {
    if (std::ranges::count(running, machine) == 0) continue;
    const int restarts = restarts_in(machine);
    const int first = first_.try_emplace(machine, restarts).first->second;
    if (restarts - first >= kTooManyRestarts) return machine;
  }
  return "";
}

}  // namespace baker::kafka_probe
