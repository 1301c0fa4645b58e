// A cluster's finalised metadata.version, noted on the folders that hold its data: so it is known
// also where nothing else of the cluster is (after `baker destroy`, which leaves the data).
#pragma once

#include "settings.h"

#include <optional>
#include <string>

namespace baker::kafka_probe {

// As "4.3-IV0". Nothing where it was not noted, or the file systems take no extended attributes.
std::optional<std::string> noted_level(const Settings& settings);
void note_level(const std::string& level, const Settings& settings);

}  // namespace baker::kafka_probe
