// Whether the host's folders hold the data that the nodes have served with. A disk that is not
// mounted leaves an empty folder, which a node would format: it would come back as a member that
// has forgotten what it promised.
#pragma once

#include "settings.h"

#include <baker/sdk/probe.h>

#include <optional>
#include <string>
#include <vector>

namespace baker::kafka_probe {

// What a formatted folder says of itself in meta.properties.
struct NodeData {
  std::string cluster;
  NodeId node = kNobody;
  std::string directory;  // directory.id, another one whenever a folder is formatted; may be empty

  bool operator==(const NodeData&) const = default;
};
// Nothing where the folder is not formatted.
std::optional<NodeData> data_in(const std::string& folder);

// To be remembered once the cluster serves, by node: where its data lies, and what it is.
Json served_with(const Settings& settings);

// `remembered` is what served_with said last; null: nothing. Nodes that run on the folder that they
// have served with are not looked at.
std::vector<Objection> objections_to_folders(const Settings& settings, const Json& remembered,
                                             const std::vector<std::string>& running);

}  // namespace baker::kafka_probe
