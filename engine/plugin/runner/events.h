// What the runner tells the engine: JSON lines on kEventsFd.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace baker {

// {"event":"log","level":"info"|"warning"|"waiting","text":…},
// {"event":"download","download":…} with a line of baker-download,
// {"event":"pinned-content","file":…,"intact":…},
// {"event":"result","status":0|1|2,"reply":…}, {"event":"crash","text":…},
// {"event":"layer","digest":…,"bytes":…,"entries":…}
// Waits while the engine does not read. Throws Error.
void emit_event(const nlohmann::json& event);

}  // namespace baker
