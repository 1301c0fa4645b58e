// The way back of a rollout.
#include "engine/base/error.h"
#include "engine/machines/rollout.h"

#include <algorithm>
#include <iterator>

namespace baker {

// Where a rollback was interrupted, the old tree may be back already.
void Rollout::put_back(const std::string& machine) {
  machines_.rollout().move({machine}, MachineLife::kGivenUp);
  stop(machine);
  try {
    if (machines_.kept().has_old(machine)) machines_.kept().put_old_back(machine);
  } catch (Error& error) {
    if (error.code() == ErrorCode::kInterrupted || machines_.is_half_swapped(machine))
      throw error.during(machine + " stays stopped");
    start(machine);
    throw error.during("putting the old tree of machine \"" + machine + "\" back");
  }
  start(machine);
}

std::vector<std::string> Rollout::to_be_put_back(const std::vector<std::string>& names) const {
  std::vector<std::string> found;
  std::ranges::copy_if(names, std::back_inserter(found), [this](const std::string& name) {
    return machines_.kept().has_old(name) ||
           machines_.rollout().life_of(name) == MachineLife::kGivenUp;
  });
  return found;
}

size_t Rollout::stop_added(const std::vector<std::string>& added) {
  size_t stopped = 0;
  for (const std::string& name : added) {
    if (!host_.runs(name)) continue;
    machines_.rollout().move({name}, MachineLife::kStopping);
    stop(name);
    machines_.rollout().move({name}, MachineLife::kStopped);
    say(name + ": stopped, as it was not there before");
    ++stopped;
  }
  return stopped;
}

std::optional<std::vector<std::string>> Rollout::last_where_it_holds(
    const std::vector<std::string>& names) {
  try {
    return ask_probe(names);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    say("it does not serve with some of its old trees: the others go back without being waited "
        "for (" +
        error.describe() + ")");
    return std::nullopt;
  }
}

// One that can't be put back keeps none of the others from it.
void Rollout::try_to_put_back(const std::string& machine, std::optional<Error>& failed) {
  try {
    put_back(machine);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    if (!failed) failed = error;
  }
}

// What has not served since it was started does no harm by being stopped, all of it at once; what
// serves goes one after the other, for as long as the system does what it is for.
void Rollout::put_all_back(const std::vector<std::string>& names,
                           std::vector<std::string> waiting) {
  const auto serving = std::ranges::stable_partition(waiting, [this](const std::string& name) {
                         return !host_.runs(name) || !has_served(name);
                       }).begin();
  std::optional<Error> failed;
  for (auto name = waiting.begin(); name != serving; ++name) try_to_put_back(*name, failed);
  std::optional<std::vector<std::string>> last;
  if (serving != waiting.end()) last = last_where_it_holds(names);
  if (last) {
    std::stable_partition(serving, waiting.end(), [&last](const std::string& name) {
      return std::ranges::find(*last, name) == last->end();
    });
  }
  for (auto name = serving; name != waiting.end(); ++name) {
    try_to_put_back(*name, failed);
    if (last && std::next(name) != waiting.end()) last = last_where_it_holds(names);
  }
  if (failed) throw *failed;
}

bool Rollout::can_roll_back(const std::vector<std::string>& names,
                            const std::vector<std::string>& added) const {
  switch (machines_.rollout().phase()) {
    case RolloutPhase::kEnded:
      return false;
    case RolloutPhase::kForward:
      return !to_be_put_back(names).empty() ||
             std::ranges::any_of(added,
                                 [this](const std::string& name) { return host_.runs(name); });
    case RolloutPhase::kBack:
      return true;
  }
  return false;
}

Rollout::Outcome Rollout::roll_back(const std::vector<std::string>& names,
                                    const std::vector<std::string>& added) {
  Outcome outcome;
  if (!can_roll_back(names, added)) return outcome;
  const std::vector<std::string> waiting = to_be_put_back(names);
  machines_.rollout().begin_going_back();
  outcome.stopped = stop_added(added);
  put_all_back(names, waiting);
  outcome.replaced = waiting.size();
  machines_.rollout().end_going_back();
  ask_probe(names);
  return outcome;
}

}  // namespace baker
