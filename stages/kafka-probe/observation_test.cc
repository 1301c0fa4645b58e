#include "observation.h"

#include <gmock/gmock.h>

namespace baker::kafka_probe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Partition kWhole{"orders-0", 1, {1, 2, 3}, {3, 1, 2}};
const Partition kBehind{"orders-1", 1, {1, 2, 3}, {1, 2}};
const Partition kLeaderless{"orders-2", kNobody, {3}, {}};

Expected three_brokers() {
  return {{"a:9092", "b:9092", "c:9092"}, 3, true};
}

Observation whole() {
  return {{{{1, "a:9092"}, {2, "b:9092"}, {3, "c:9092"}}, 1, {kWhole, kWhole}}, {2, 5}, {}};
}

TEST(ObservationTest, OfAWholeClusterLacksNothing) {
  EXPECT_EQ(what_is_missing(whole(), three_brokers()), "");
  EXPECT_EQ(summary_of(whole()), "3 brokers, leader node 2 (epoch 5), 2 partitions in sync");
}

TEST(ObservationTest, NamesTheBrokersThatAreNotRegistered) {
  Observation seen = whole();
  seen.cluster.brokers = {{2, "b:9092"}};
  EXPECT_EQ(what_is_missing(seen, three_brokers()),
            "1 of 3 brokers registered (missing: a:9092, c:9092)");
}

TEST(ObservationTest, NamesTheBrokersThatAreThereWhereTheyGoByOtherNames) {
  Observation seen = whole();
  seen.cluster.brokers = {{1, "kafka-node1:9092"}, {2, "kafka-node2:9092"}};
  EXPECT_THAT(missing_brokers(seen.cluster, three_brokers()), IsEmpty());
  EXPECT_EQ(what_is_missing(seen, three_brokers()),
            "2 of 3 brokers registered (there: 1 at kafka-node1:9092, 2 at kafka-node2:9092)");
}

TEST(ObservationTest, NeedsALeaderOfTheQuorumWhereItCanBeKnown) {
  Observation seen = whole();
  seen.quorum = {kNobody, 6};
  EXPECT_EQ(what_is_missing(seen, three_brokers()), "a leader of the quorum (epoch 6 has none)");
}

TEST(ObservationTest, ElseNeedsAController) {
  Expected expected = three_brokers();
  expected.knows_quorum = false;
  Observation seen = whole();
  seen.quorum = {};
  EXPECT_EQ(what_is_missing(seen, expected), "");
  seen.cluster.controller = kNobody;
  EXPECT_EQ(what_is_missing(seen, expected), "a controller");
}

TEST(ObservationTest, NamesThePartitionThatIsBehind) {
  Observation seen = whole();
  seen.cluster.partitions = {kWhole, kBehind};
  EXPECT_EQ(what_is_missing(seen, three_brokers()),
            "partition orders-1 in sync (isr 1,2 of 1,2,3)");
  EXPECT_EQ(summary_of(seen), "3 brokers, leader node 2 (epoch 5), 1 of 2 partitions not in sync");
}

TEST(ObservationTest, CountsThePartitionsThatAreNotWhole) {
  Observation seen = whole();
  seen.cluster.partitions = {kLeaderless, kBehind, kWhole, kBehind};
  EXPECT_EQ(what_is_missing(seen, three_brokers()),
            "partition orders-2 with a leader (replicas 3), and 2 more");
}

TEST(ObservationTest, NeedsAnAnswerOfEachBroker) {
  Observation seen = whole();
  seen.silent = {{3, "c:9092"}};
  EXPECT_EQ(what_is_missing(seen, three_brokers()), "an answer from broker 3 at c:9092");
  EXPECT_EQ(summary_of(seen),
            "3 brokers (1 silent), leader node 2 (epoch 5), 2 partitions in sync");
}

TEST(ObservationTest, KnowsABrokerThatIsThereAndInSyncWithNothing) {
  EXPECT_THAT(brokers_behind(whole().cluster), IsEmpty());
  Observation seen = whole();
  seen.cluster.partitions = {kBehind, kBehind};
  EXPECT_THAT(brokers_behind(seen.cluster), ElementsAre(3));
  seen.cluster.partitions = {kBehind, kWhole};
  EXPECT_THAT(brokers_behind(seen.cluster), IsEmpty());
}

}  // namespace
}  // namespace baker::kafka_probe
