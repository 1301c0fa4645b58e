// What the runner tells the engine: JSON lines on kEventsFd.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace baker {

// {"event":"log","level":"info"|"warning","text":…}, {"event":"download", …} as baker-download has
// it,
// {"event":"result","status":0|1|2,"reply":…}, {"event":"crash","text":…},
// {"event":"layer","digest":…,"bytes":…,"entries":…}
void emit_event(const nlohmann::json& event);

}  // namespace baker
