#include "quorum_state.h"

#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker::kafka_probe {
namespace {

using ::testing::Field;
using ::testing::Optional;

std::string quorum_state(int leader, int epoch) {
  return "{\"leaderId\":" + std::to_string(leader) + ",\"leaderEpoch\":" + std::to_string(epoch) +
         ",\"votedId\":-1,\"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"data_version\":1}";
}

TEST(QuorumStateTest, IsReadAsEitherFormatHasIt) {
  const std::string older =
      "{\"clusterId\":\"\",\"leaderId\":2,\"leaderEpoch\":5,\"votedId\":-1,\"appliedOffset\":0,"
      "\"currentVoters\":[{\"voterId\":1},{\"voterId\":2}],\"data_version\":0}";
  EXPECT_THAT(parse_quorum_state(older), Optional(Field(&QuorumState::leader, 2)));
  EXPECT_THAT(parse_quorum_state(quorum_state(3, 7)), Optional(Field(&QuorumState::epoch, 7)));
}

TEST(QuorumStateTest, IsNothingWhereItIsDamaged) {
  for (const char* text :
       {"", "{", "[]", "3", "{\"leaderId\":2}", "{\"leaderId\":\"2\",\"leaderEpoch\":5}"}) {
    EXPECT_FALSE(parse_quorum_state(text)) << text;
  }
}

class NewestQuorumStateTest : public ::testing::Test {
 protected:
  void node_says(const std::string& node, const std::string& text) {
    const auto file = bench_.write(node + "/__cluster_metadata-0/quorum-state", text);
    folders_.push_back(file.parent_path().parent_path());
  }
  QuorumState newest() const { return newest_quorum_state(folders_); }

  testing::Workbench bench_;
  std::vector<std::string> folders_;
};

TEST_F(NewestQuorumStateTest, IsOfTheHighestEpoch) {
  node_says("1", quorum_state(1, 4));
  node_says("2", quorum_state(3, 6));
  node_says("3", quorum_state(2, 5));
  EXPECT_EQ(newest().leader, 3);
  EXPECT_EQ(newest().epoch, 6);
}

TEST_F(NewestQuorumStateTest, IsWhatTheNodeThatKnowsTheLeaderSays) {
  node_says("1", quorum_state(2, 6));
  node_says("2", quorum_state(-1, 6));
  EXPECT_EQ(newest().leader, 2);
}

TEST_F(NewestQuorumStateTest, HasNoLeaderWhileOneIsElected) {
  node_says("1", quorum_state(2, 6));
  node_says("2", quorum_state(-1, 7));
  EXPECT_EQ(newest().leader, kNobody);
  EXPECT_EQ(newest().epoch, 7);
}

TEST_F(NewestQuorumStateTest, PassesOverNodesWithoutOne) {
  folders_ = {"/nowhere"};
  node_says("1", "half a fi");
  EXPECT_EQ(newest().leader, kNobody);
  node_says("2", quorum_state(1, 1));
  EXPECT_EQ(newest().leader, 1);
}

}  // namespace
}  // namespace baker::kafka_probe
