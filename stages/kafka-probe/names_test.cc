#include <gmock/gmock.h>

#include "complaint.h"
#include "endpoint.h"

namespace baker::kafka_probe {
namespace {

TEST(EndpointTest, GetsKafkasPortWhereNoneIsGiven) {
  EXPECT_EQ(endpoint_of("10.88.0.11"), "10.88.0.11:9092");
  EXPECT_EQ(endpoint_of("kafka-node1.local"), "kafka-node1.local:9092");
  EXPECT_EQ(endpoint_of("fd00::11"), "[fd00::11]:9092");
  EXPECT_EQ(endpoint_of("[fd00::11]"), "[fd00::11]:9092");
}

TEST(EndpointTest, KeepsThePortThatIsGiven) {
  EXPECT_EQ(endpoint_of("10.88.0.11:19092"), "10.88.0.11:19092");
  EXPECT_EQ(endpoint_of("[fd00::11]:19092"), "[fd00::11]:19092");
}

TEST(EndpointTest, IsWrittenTheSameForABrokerThatAdvertisesIt) {
  EXPECT_EQ(endpoint("10.88.0.11", 9092), endpoint_of("10.88.0.11"));
  EXPECT_EQ(endpoint("fd00::11", 9092), endpoint_of("fd00::11"));
}

TEST(ComplaintTest, SaysWhichBrokerCannotBeReachedAndWhy) {
  const Complaint refused = parse_complaint(
      "10.88.0.13:9092/bootstrap: Connect to ipv4#10.88.0.13:9092 failed: Connection refused "
      "(after 0ms in state CONNECT, 5 identical error(s) suppressed)");
  EXPECT_EQ(refused.endpoint, "10.88.0.13:9092");
  EXPECT_EQ(refused.reason, "Connection refused");
}

TEST(ComplaintTest, KeepsAReasonOfAnotherKind) {
  const Complaint unknown = parse_complaint(
      "ssl://nowhere:9092/3: Failed to resolve 'nowhere:9092': Name or service not known (after "
      "8ms in state CONNECT)");
  EXPECT_EQ(unknown.endpoint, "nowhere:9092");
  EXPECT_EQ(unknown.reason, "Failed to resolve 'nowhere:9092': Name or service not known");
}

TEST(ComplaintTest, MayBeOfNoBrokerInParticular) {
  const Complaint down = parse_complaint("2/2 brokers are down");
  EXPECT_EQ(down.endpoint, "");
  EXPECT_EQ(down.reason, "2/2 brokers are down");
}

}  // namespace
}  // namespace baker::kafka_probe
