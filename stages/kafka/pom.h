// What Maven is asked for: the text of a pom.xml.
#pragma once

#include <baker/sdk/context.h>

#include <string>

#include "release.h"

namespace baker::kafka {

// How much of a release is asked for. Not every repository has the parts that only few need.
enum class ReleaseParts {
  kEverything,  // what the official archive holds, but for Kafka Streams
  kWithConnect,
  kBrokerAndTools,
};

std::string pom_of_release(const Release& release, ReleaseParts parts);
// Exactly these artifacts ("group:artifact:version" and the jar's file name), nothing beyond them.
std::string pom_of_pins(const Pins& pins);

}  // namespace baker::kafka
