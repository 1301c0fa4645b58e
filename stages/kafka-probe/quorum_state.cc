#include "quorum_state.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <tuple>

namespace baker::kafka_probe {
namespace {

constexpr const char* kFile = "/__cluster_metadata-0/quorum-state";

std::string content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool is_outdated_by(const QuorumState& one, const QuorumState& other) {
  return std::tie(one.epoch, one.leader) < std::tie(other.epoch, other.leader);
}

}  // namespace

std::optional<QuorumState> parse_quorum_state(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto leader = json.find("leaderId");
  const auto epoch = json.find("leaderEpoch");
  if (leader == json.end() || !leader->is_number_integer()) return std::nullopt;
  if (epoch == json.end() || !epoch->is_number_integer()) return std::nullopt;
  return QuorumState{leader->get<NodeId>(), epoch->get<std::int32_t>()};
}

QuorumState newest_quorum_state(const std::vector<std::string>& data_folders) {
  QuorumState newest;
  for (const std::string& folder : data_folders) {
    const auto state = parse_quorum_state(content_of(folder + kFile));
    if (state && is_outdated_by(newest, *state)) newest = *state;
  }
  return newest;
}

}  // namespace baker::kafka_probe
