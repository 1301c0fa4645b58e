#include "engine/plugin/runner/events.h"

#include "engine/io/files.h"
#include "engine/plugin/stage_request.h"

namespace baker {

void emit_event(const nlohmann::json& event) {
  std::string line = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  write_all(kEventsFd, line, "the event stream");
}

}  // namespace baker
