// From the engine's values to the JSON that crosses to a runner, and back.
#pragma once

#include "engine/base/invocation.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/value.h"
#include "engine/plan/stage_keys.h"
#include "engine/plugin/stage_request.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace baker {

nlohmann::json to_json(const Value& value);
// Throws Error for what a pin can't hold (null, a number that is no integer).
Value from_json(const nlohmann::json& json);

// The options and declared inputs that the request's step is told: `resolve` those that its
// descriptor lists, `run` no input that only resolving reads. While it bakes a stage sees an input
// in /baker/inputs, otherwise where it lies.
void add_options(const Pipeline& pipeline, const Stage& stage, StageRequest& request);

// The commands that a stage's messages may suggest.
std::map<std::string, std::string> commands_about(const Invocation& invocation,
                                                  const std::string& stage);

// What baker-download is asked for: the pins that have a url.
nlohmann::json downloads_for(const std::vector<Value>& pins);

}  // namespace baker
