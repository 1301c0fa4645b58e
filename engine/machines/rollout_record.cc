#include "engine/machines/rollout_record.h"

#include "engine/base/check.h"

#include <utility>

namespace baker {

void RolloutRecord::begin(UpState wanted) {
  PipelineState& state = owned_.state();
  if (state.rollout == RolloutPhase::kEnded) {
    state.up_before = std::move(state.last_up);
    state.up_before.applied = state.applied;
  }
  state.last_up = std::move(wanted);
  state.rollout = RolloutPhase::kForward;
  owned_.save();
}

void RolloutRecord::end() {
  owned_.state().rollout = RolloutPhase::kEnded;
  owned_.state().up_before = {};
  kept_.drop_old();
}

void RolloutRecord::begin_going_back() {
  check(phase() != RolloutPhase::kEnded, "an up that has ended has nothing to go back to");
  owned_.state().rollout = RolloutPhase::kBack;
  owned_.save();
}

void RolloutRecord::end_going_back() {
  PipelineState& state = owned_.state();
  check(phase() == RolloutPhase::kBack, "a rollback ends once it has begun");
  state.last_up = std::exchange(state.up_before, {});
  state.last_up.applied.clear();
  state.rollout = RolloutPhase::kEnded;
  owned_.save();
}

MachineLife RolloutRecord::life_of(const std::string& machine) const {
  const MachineState* known = owned_.find(machine);
  return known ? known->life : MachineLife::kExpected;
}

void RolloutRecord::move(const std::vector<std::string>& machines, MachineLife life) {
  for (const std::string& machine : machines) owned_.move(machine, life);
  owned_.save();
}

}  // namespace baker
