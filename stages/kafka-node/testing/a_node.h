// The only node of a cluster, and what it is installed on, for tests that look at one thing of it.
#pragma once

#include "stages/kafka-node/node_settings.h"
#include "stages/kafka-node/service.h"

namespace baker::kafka_node {

inline const Installation kModern{{"4.3.1", {"/opt/kafka/libs/a.jar", "/opt/kafka/libs/b.jar"}},
                                  "/usr/lib/jvm/java-17-openjdk-amd64"};

inline NodeSettings a_node() {
  return {.id = 1, .hosts = {"10.88.0.11"}, .cluster_id = "AAAA", .data = "/srv/kafka"};
}

}  // namespace baker::kafka_node
