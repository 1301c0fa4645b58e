// Layers of the store on their way to others.
#pragma once

#include "engine/bake/events.h"
#include "engine/cli/remote.h"
#include "engine/cli/session.h"

#include <cstdint>
#include <vector>

namespace baker {

struct PushOptions {
  bool with_logs = false;
  int interrupt_fd = -1;
};

struct PushedLayers {
  size_t sent = 0;                  // layers
  size_t there = 0;                 // layers that the remote had
  std::uint64_t bytes = 0;          // that were sent
  std::uint64_t content_bytes = 0;  // of pinned content, likewise
};

// Those of these stages that the store has under the keys of the plan, and what it has of the
// content that they pin. Notes go to the sink: each
// layer that was sent, and the first time at this remote what others can then read. Throws Error.
PushedLayers push_layers(Session& session, const RemoteSettings& remote,
                         const std::vector<PlannedStage>& planned, const std::vector<bool>& wanted,
                         const PushOptions& options, EventSink& sink);

// Once for each remote and store: what others can read there.
void tell_what_others_see(Session& session, const RemoteSettings& remote, EventSink& sink);

}  // namespace baker
