// Who leads the quorum of controllers, as the nodes write it down beside the metadata log.
#pragma once

#include "cluster.h"

#include <optional>
#include <string>
#include <vector>

namespace baker::kafka_probe {

struct QuorumState {
  NodeId leader = kNobody;  // nobody: an election is going on
  std::int32_t epoch = -1;  // rises with each election
};

// Nothing where the text is not what Kafka writes.
std::optional<QuorumState> parse_quorum_state(const std::string& text);

// The newest that is found in these data folders; of one epoch, the one that knows a leader.
QuorumState newest_quorum_state(const std::vector<std::string>& data_folders);

}  // namespace baker::kafka_probe
