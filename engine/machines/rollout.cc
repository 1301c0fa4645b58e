#include "engine/machines/rollout.h"

#include "engine/base/error.h"
#include "engine/base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

namespace baker {

Rollout::Rollout(Machines& machines, MachineHost& host, Probe probe,
                 const RolloutSettings& settings, EventSink& sink)
    : machines_(machines),
      host_(host),
      probe_(std::move(probe)),
      settings_(settings),
      sink_(sink) {}

void Rollout::say(const std::string& text) {
  sink_.on(Note{false, text});
}

void Rollout::stop(const std::string& machine) {
  if (host_.runs(machine)) host_.power_off(machine);
  try {
    if (wait_until_stopped(host_, machine, settings_.stop_timeout, settings_.interrupt_fd)) return;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInterrupted) throw;
    throw Error(ErrorCode::kInterrupted,
                "interrupted while " + machine +
                    " powers off; to start it again: " + command_line(settings_.invocation, "up"));
  }
  sink_.on(Note{true, fmt::format("{} did not power off within {} seconds and was killed", machine,
                                  settings_.stop_timeout.count())});
}

void Rollout::start(const std::string& machine) {
  machines_.complete(machine);
  for (const std::string& note : machines_.take_notes()) sink_.on(Note{true, note});
  machines_.rollout().move({machine}, MachineLife::kStarted);
  host_.start(machine);
  say(machine + ": started");
}

// When the swap fails, the machine is started again with the tree that it has then, better an old
// one than none; but never with the settings of another one, which would have it write its data
// elsewhere.
void Rollout::replace(const std::string& machine) {
  machines_.kept().prepare_swap(machine);
  machines_.rollout().move({machine}, MachineLife::kReplacing);
  stop(machine);
  try {
    machines_.kept().swap(machine);
  } catch (Error& error) {
    if (machines_.is_half_swapped(machine)) throw error.during(machine + " stays stopped");
    start(machine);
    throw;
  }
  start(machine);
}

Rollout::Inits Rollout::inits_of(const std::vector<std::string>& machines) const {
  Inits inits;
  for (const std::string& machine : machines) inits[machine] = host_.init_of(machine);
  return inits;
}

bool Rollout::any_rebooted(const Inits& before, std::set<std::string>& rebooted) {
  bool any = false;
  for (const auto& [machine, init] : before) {
    if (!init || host_.init_of(machine) == init) continue;
    wait_while_ending(host_, machine, settings_.stop_timeout, settings_.interrupt_fd);
    if (!host_.runs(machine) || !rebooted.insert(machine).second) continue;
    say(machine + " has rebooted: the system is asked again");
    any = true;
  }
  return any;
}

// To a probe a machine that reboots has ended. One that does so again and again is not waited for.
std::vector<std::string> Rollout::last_of_probe(const std::vector<std::string>& machines) {
  std::set<std::string> rebooted;
  for (;;) {
    const Inits before = inits_of(machines);
    try {
      return probe_();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted || !any_rebooted(before, rebooted)) throw;
    }
  }
}

std::vector<std::string> Rollout::ask_probe(const std::vector<std::string>& machines) {
  std::vector<std::string> last = last_of_probe(machines);
  std::vector<std::string> serving;
  std::ranges::copy_if(machines, std::back_inserter(serving),
                       [this](const std::string& name) { return host_.runs(name); });
  machines_.rollout().move(serving, MachineLife::kServing);
  return last;
}

bool Rollout::was_told_to_stop(const std::string& machine) const {
  const MachineLife life = machines_.rollout().life_of(machine);
  return life == MachineLife::kReplacing || life == MachineLife::kGivenUp ||
         life == MachineLife::kStopping;
}

bool Rollout::has_served(const std::string& machine) const {
  switch (machines_.rollout().life_of(machine)) {
    case MachineLife::kExpected:
    case MachineLife::kReplacing:
    case MachineLife::kStarted:
    case MachineLife::kGivenUp:
    case MachineLife::kStopping:
      return false;
    case MachineLife::kPlaced:
    case MachineLife::kServing:
    case MachineLife::kStopped:
      return true;
  }
  return false;
}

std::vector<std::string> Rollout::waiting_of(const std::vector<std::string>& machines) const {
  std::vector<std::string> waiting;
  std::ranges::copy_if(machines, std::back_inserter(waiting), [this](const std::string& name) {
    return host_.runs(name) && machines_.is_pending(name);
  });
  return waiting;
}

bool Rollout::replace_suspected(const std::vector<std::string>& waiting, Outcome& outcome) {
  const size_t before = outcome.replaced;
  for (const std::string& name : waiting) {
    if (has_served(name)) continue;
    say(name + " has not served since it was started: it is replaced first");
    replace(name);
    ++outcome.replaced;
  }
  return outcome.replaced > before;
}

void Rollout::replace_one_by_one(const std::vector<std::string>& names,
                                 const std::vector<std::string>& waiting, Outcome& outcome) {
  for (const std::string& name : waiting) {
    try {
      replace(name);
      ++outcome.replaced;
      if (!settings_.parallel) ask_probe(names);
    } catch (Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      throw error.during("replacing machine \"" + name + "\" (its old tree is kept: `" +
                         command_line(settings_.invocation, "rollback") + "` puts it back)");
    }
  }
  if (settings_.parallel) ask_probe(names);
}

std::vector<std::string> Rollout::ask_before_replacing(const std::vector<std::string>& names,
                                                       Outcome& outcome) {
  try {
    return ask_probe(names);
  } catch (Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    const std::vector<std::string> waiting = waiting_of(names);
    if (replace_suspected(waiting, outcome)) return ask_probe(names);
    if (waiting.empty()) throw;
    throw error.during("before the first machine is replaced (none was; `" +
                       command_line(settings_.invocation, "up") +
                       " --parallel` asks only when all are)");
  }
}

void Rollout::check_binds(const std::vector<std::string>& machines) const {
  for (const std::string& name : machines) {
    if (host_.runs(name)) continue;
    if (const std::vector<std::string> missing = machines_.missing_binds(name); !missing.empty())
      throw Error(
          "machine \"" + name + "\" needs " + join(missing, " and ") +
          " of the host, which is not there: mount the disk that it lies on, or put it back; "
          "nothing was started. To begin without it: `" +
          command_line(settings_.invocation, "destroy") + "`, and then `" +
          command_line(settings_.invocation, "up") + "`");
  }
}

Rollout::Outcome Rollout::up(const std::vector<std::string>& names) {
  check_binds(names);
  Outcome outcome;
  for (const std::string& name : names) {
    wait_while_ending(host_, name, settings_.stop_timeout, settings_.interrupt_fd);
    if (host_.runs(name) && was_told_to_stop(name)) {
      if (machines_.is_pending(name)) {
        replace(name);
        ++outcome.replaced;
        continue;
      }
      stop(name);
    }
    if (host_.runs(name)) continue;
    start(name);
    ++outcome.started;
  }
  std::vector<std::string> last;
  if (!settings_.parallel || waiting_of(names).empty()) last = ask_before_replacing(names, outcome);
  std::vector<std::string> waiting = waiting_of(names);
  std::ranges::stable_partition(waiting, [&last](const std::string& name) {
    return std::ranges::find(last, name) == last.end();
  });
  if (!waiting.empty()) replace_one_by_one(names, waiting, outcome);
  machines_.rollout().end();
  return outcome;
}

std::vector<std::string> Rollout::stop_together(const std::vector<std::string>& machines) {
  for (const std::string& machine : machines) host_.power_off(machine);
  std::vector<std::string> killed;
  for (const std::string& machine : machines) {
    const bool clean =
        wait_until_stopped(host_, machine, settings_.stop_timeout, settings_.interrupt_fd);
    if (!clean) killed.push_back(machine);
    say(machine + (clean ? ": stopped" : ": killed"));
  }
  return killed;
}

std::vector<std::string> Rollout::down(const std::vector<std::string>& names,
                                       const std::vector<std::string>& last) {
  std::vector<std::string> placed;
  std::ranges::copy_if(names, std::back_inserter(placed),
                       [this](const std::string& name) { return machines_.is_placed(name); });
  machines_.rollout().move(placed, MachineLife::kStopping);
  std::vector<std::string> one_by_one;
  std::vector<std::string> together;
  for (auto name = placed.rbegin(); name != placed.rend(); ++name) {
    if (!host_.runs(*name)) continue;
    (std::ranges::find(last, *name) == last.end() ? one_by_one : together).push_back(*name);
  }
  if (!together.empty() && !one_by_one.empty()) {
    together.insert(together.begin(), one_by_one.back());
    one_by_one.pop_back();
  }
  std::vector<std::string> killed;
  for (const std::string& name : one_by_one)
    std::ranges::copy(stop_together({name}), std::back_inserter(killed));
  std::ranges::copy(stop_together(together), std::back_inserter(killed));
  machines_.rollout().move(placed, MachineLife::kStopped);
  return killed;
}

}  // namespace baker
