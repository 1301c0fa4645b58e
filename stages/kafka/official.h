// Kafka as Apache publishes it: one archive with a checksum file beside it.
#pragma once

#include <baker/stage.h>

#include <optional>
#include <string>
#include <vector>

#include "release.h"

namespace baker::kafka {

// The pin of the archive at the first of `bases` that answers. Where none does, nothing, and
// `reasons` says why of each. Throws StageError where the checksum that is published is not the
// `expected` one (hex; empty: none is expected).
std::optional<Pin> pin_official_archive(Network& network, const Release& release,
                                        const std::vector<std::string>& bases,
                                        const std::string& expected,
                                        std::vector<std::string>& reasons);

// Unpacks the archive to /opt/kafka, owned by root and readable by everyone, without what a Linux
// machine has no use for.
void unpack_official_archive(Root& root, const std::string& archive);

}  // namespace baker::kafka
