// Kafka from Maven Central: the jars of a release, through `mvn` and the user's own settings.
#pragma once

#include <baker/stage.h>

#include <string>
#include <vector>

#include "release.h"

namespace baker::kafka {

// How much of a release is asked for. Not every repository has the parts that only few need.
enum class Extent {
  kEverything,  // what the official archive holds, but for Kafka Streams
  kWithConnect,
  kBrokerAndTools,
};

std::string pom_of_release(const Release& release, Extent extent);
// Exactly these artifacts ("group:artifact:version" and the jar's file name), nothing beyond them.
std::string pom_of_pins(const Pins& pins);

// The pins of a release's jars, {artifact, file, sha256}, sorted by file; the jars are in the
// download store then. Throws Unreachable, with mvn's reason, where mvn does not get them.
Pins find_jars(Network& network, const std::string& scratch, const Release& release);

// Brings the jars of `pins` into the download store. Throws StageError where one is not to be had
// any more or has changed; `stage` is named in what to do about it.
void fetch_jars(Network& network, const std::string& scratch, const Pins& pins,
                const std::string& stage);

}  // namespace baker::kafka
