// Where a stage stands in a run. Builder::enter alone moves a stage from one phase to the next.
#pragma once

#include <string_view>

namespace baker {

enum class Phase {
  kWaiting,         // for the stages that it comes after, or for a free job
  kDeciding,        // what comes next is being found out; nothing of it runs
  kResolving,       // its runner asks the outside world for pins
  kPulling,         // baker-remote looks for the layer in the shared cache, and brings it
  kPullingContent,  // baker-remote looks there for pinned content that its sources did not give
  kDownloading,     // baker-download brings the pinned content that has a url
  kFetching,        // its runner brings the rest of it
  kQueueing,        // another baker bakes the same key
  kBaking,          // its runner bakes the layer
  kAwaitingPlace,   // all other hosts are busy
  kSending,         // what it stands on and reads goes into the shared cache
  kBakingAway,      // a worker on another host bakes the layer
  kTaking,          // which comes back through the shared cache
  kPreparing,       // its runner prepares a machine
  kPrepared,        // the machine is placed at the end of the run, together with all others
  kDone,            // well or badly
};

bool may_follow(Phase before, Phase after);
// Takes one of the jobs.
bool is_active(Phase phase);
// Stages that come after it can begin.
bool is_over(Phase phase);
// The step of the stage that its runner carries out; empty: none.
std::string_view step_of(Phase phase);

}  // namespace baker
