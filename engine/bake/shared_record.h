// The record of a bake as others get it.
#pragma once

#include "cache/store.h"
#include "engine/pipeline/pipeline.h"

#include <nlohmann/json.hpp>
#include <string>

namespace baker {

// What baker-remote is told of a layer that it pushes; null where the store has no record of it.
// What private options say is told by its digest, and what the stage printed only `with_log`.
nlohmann::json layer_to_push(const Store& store, const Stage& stage, const std::string& key,
                             const Digest& layer, bool with_log = false);

}  // namespace baker
