// --set NAME=VALUE.
#pragma once

#include "engine/pipeline/diagnostic.h"
#include "engine/pipeline/value.h"

#include <map>
#include <string>
#include <vector>

namespace baker {

// Each value is read as the type of the param's default. Mistakes go to `diagnostics`.
void apply_settings(const std::vector<std::string>& settings, std::map<std::string, Value>& params,
                    Diagnostics& diagnostics);

}  // namespace baker
