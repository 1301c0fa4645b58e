// Kafka from Maven Central: the jars of a release, through `mvn` and the user's own settings.
#pragma once

#include <baker/stage.h>

#include <string>
#include <vector>

#include "release.h"

namespace baker::kafka {

// The pins of a release's jars, {artifact, file, sha256}, sorted by file; the jars are in the
// download store then. Throws Unreachable, with mvn's reason, where mvn does not get them.
Pins find_jars(Network& network, const std::string& scratch, const Release& release);

// Brings the jars of `pins` into the download store. Throws StageError where one is no longer
// published or has changed.
void fetch_jars(Network& network, const Context& context, const Pins& pins);

}  // namespace baker::kafka
