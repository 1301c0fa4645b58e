// Layers of the store on their way to others.
#pragma once

#include "engine/bake/events.h"
#include "engine/cli/remote.h"
#include "engine/cli/session.h"

#include <cstdint>
#include <vector>

namespace baker {

struct Pushed {
  size_t sent = 0;                  // layers
  size_t there = 0;                 // layers that the remote had
  std::uint64_t bytes = 0;          // that were sent
  std::uint64_t content_bytes = 0;  // of pinned content, likewise
};

// Those of these stages that the store has under the keys of the plan, and what it has of the
// content that they pin. Notes go to the sink: each
// layer that was sent, and the first time at this remote what others can then read. Throws Error.
Pushed push_layers(Session& session, const RemoteSettings& remote,
                   const std::vector<PlannedStage>& planned, const std::vector<bool>& wanted,
                   bool with_logs, EventSink& sink);

}  // namespace baker
