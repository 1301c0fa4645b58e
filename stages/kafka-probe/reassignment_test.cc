#include "reassignment.h"

#include <gmock/gmock.h>

namespace baker::kafka_probe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Cluster cluster_with(const std::vector<Partition>& partitions) {
  return {{{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}, {5, "e"}}, 1, partitions};
}

TEST(ReassignmentTest, LeavesAloneWhatStays) {
  EXPECT_THAT(moves_to_staying(cluster_with({{"orders-0", 1, {1, 2, 3}, {1, 2, 3}}}), 3),
              IsEmpty());
}

TEST(ReassignmentTest, KeepsTheReplicasThatStayAndFillsUpWithTheEmptiestBroker) {
  const auto moves = moves_to_staying(
      cluster_with({{"some-topic-7", 4, {4, 2}, {4, 2}}, {"full-0", 1, {1}, {1}}}), 3);
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_EQ(moves[0].topic, "some-topic");
  EXPECT_EQ(moves[0].partition, 7);
  EXPECT_THAT(moves[0].replicas, ElementsAre(2, 3));
}

TEST(ReassignmentTest, MovesTheOnlyReplica) {
  const auto moves = moves_to_staying(cluster_with({{"orders-0", 5, {5}, {5}}}), 3);
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_THAT(moves[0].replicas, SizeIs(1));
}

TEST(ReassignmentTest, HasNoMoreReplicasThanBrokersStay) {
  const auto moves =
      moves_to_staying(cluster_with({{"orders-0", 1, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}}}), 3);
  ASSERT_THAT(moves, SizeIs(1));
  EXPECT_THAT(moves[0].replicas, ElementsAre(1, 2, 3));
}

TEST(ReassignmentTest, IsWrittenAsTheToolReadsIt) {
  EXPECT_EQ(reassignment_json({{"orders", 0, {1, 2}}}),
            R"({"partitions":[{"partition":0,"replicas":[1,2],"topic":"orders"}],"version":1})");
}

}  // namespace
}  // namespace baker::kafka_probe
