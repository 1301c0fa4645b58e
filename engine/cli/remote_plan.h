// A plan that knows what the shared cache has.
#pragma once

#include "engine/cli/remote.h"
#include "engine/cli/session.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace baker {

struct RemotePlan {
  std::vector<PlannedStage> planned;
  std::string remote;                          // where; empty: none was asked
  std::map<std::string, std::int64_t> baked;   // by key: when, in seconds since 1970
  std::map<std::string, std::string> refused;  // by key: why the layer there is not used
  std::string trouble;                         // why it was left alone

  // What there is to say of a stage: "in oci://… since …"; empty where there is nothing.
  std::string note_on(const PlannedStage& stage) const;
};

// Asks a remote only where something is to be baked. Throws Error, but not for what a remote does.
RemotePlan plan_with_remote(Session& session, const Settings& settings, int interrupt_fd = -1);

}  // namespace baker
