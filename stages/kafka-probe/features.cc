#include "features.h"

#include "tools.h"

namespace baker::kafka_probe {

std::optional<std::string> finalized_level(const Settings& settings, const Machines& machines) {
  const Tools tools(settings, machines);
  if (tools.machine().empty()) return std::nullopt;
  return finalized_in(tools.run("kafka-features.sh $CLUSTER describe").output);
}

void raise_features(const Release& release, const Settings& settings, const Machines& machines) {
  Tools(settings, machines)
      .run_or_throw(
          "kafka-features.sh $CLUSTER upgrade " + upgrade_option(release),
          "the cluster's features can't be raised to those of Kafka " + release_name(release));
}

}  // namespace baker::kafka_probe
