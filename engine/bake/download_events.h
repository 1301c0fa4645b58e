// A line of baker-download as events.
#pragma once

#include "engine/bake/events.h"

#include <nlohmann/json.hpp>
#include <string>

namespace baker {

// Throws nlohmann::json::exception where a field is not of its kind.
void report_download(const nlohmann::json& line, const std::string& stage, EventSink& sink);

}  // namespace baker
