#include "engine/bake/phase.h"

#include <algorithm>
#include <map>
#include <vector>

namespace baker {

bool may_follow(Phase before, Phase after) {
  using enum Phase;
  static const std::map<Phase, std::vector<Phase>> next = {
      {kWaiting, {kDeciding}},
      {kDeciding,
       {kResolving, kPulling, kDownloading, kFetching, kQueueing, kBaking, kAwaitingPlace, kSending,
        kPreparing, kDone}},
      {kPulling, {kDeciding, kDone}},
      {kResolving, {kDeciding, kDone}},
      {kPullingContent, {kDeciding, kDone}},
      {kDownloading, {kDeciding, kPullingContent, kDone}},
      {kFetching, {kDeciding, kPullingContent, kDone}},
      {kQueueing, {kDeciding, kDone}},
      {kBaking, {kDeciding, kDone}},  // once more where pinned content was found damaged
      {kAwaitingPlace, {kDeciding, kDone}},
      {kSending, {kBakingAway, kDeciding, kDone}},
      {kBakingAway, {kTaking, kDeciding, kDone}},
      {kTaking, {kDeciding, kDone}},
      {kPreparing, {kPrepared, kDone}},
      {kPrepared, {kDone}},
      {kDone, {}},
  };
  return std::ranges::find(next.at(before), after) != next.at(before).end();
}

bool is_active(Phase phase) {
  return phase != Phase::kWaiting && !is_over(phase);
}

bool is_over(Phase phase) {
  return phase == Phase::kPrepared || phase == Phase::kDone;
}

std::string_view step_of(Phase phase) {
  switch (phase) {
    case Phase::kResolving:
      return "resolve";
    case Phase::kDownloading:
    case Phase::kFetching:
      return "fetch";
    case Phase::kBaking:
      return "run";
    case Phase::kPreparing:
      return "apply";
    default:
      return "";
  }
}

}  // namespace baker
