#include "features.h"

#include "tools.h"

namespace baker::kafka_probe {
namespace {

constexpr Release kReleaseVersionIsKnown(4, 0);  // KIP-1022: the tool of 3.9 has --metadata alone

}  // namespace

std::optional<std::string> finalized_level(const Settings& settings, const Machines& machines) {
  const Tools tools(settings, machines);
  if (tools.machine().empty()) return std::nullopt;
  return finalized_in(tools.run("kafka-features.sh $CLUSTER describe").output);
}

void raise_features(const Release& release, const Settings& settings, const Machines& machines) {
  const std::string name = release_name(release);
  const std::string option =
      release < kReleaseVersionIsKnown ? "--metadata " : "--release-version ";
  Tools(settings, machines)
      .run_or_throw("kafka-features.sh $CLUSTER upgrade " + option + name,
                    "the cluster's features can't be raised to those of Kafka " + name);
}

}  // namespace baker::kafka_probe
