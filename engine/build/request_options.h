// From the engine's values to the JSON that crosses to a runner, and back.
#pragma once

#include "engine/base/invocation.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/value.h"
#include "engine/plugin/stage_request.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace baker {

nlohmann::json to_json(const Value& value);
// Throws Error for what a pin can't hold (null, a number that is no integer).
Value from_json(const nlohmann::json& json);

// Options and declared inputs. A confined step sees an input in /baker/inputs, others where it
// lies.
void add_options(const Pipeline& pipeline, const Stage& stage, bool confined,
                 StageRequest& request);

// The commands that a stage's messages may suggest.
std::map<std::string, std::string> commands_about(const Invocation& invocation,
                                                  const std::string& stage);

// What baker-download is asked for: the pins that have a url.
nlohmann::json downloads_for(const std::vector<Value>& pins);

}  // namespace baker
