#include "cluster_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker::kafka_node {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

TEST(ClusterId, IsAlwaysTheSameForAName) {
  EXPECT_EQ(cluster_id_of("kraft3"), "yuX_RZgFQnud6gCwuUeNfQ");
}

TEST(ClusterId, DiffersFromNameToName) {
  EXPECT_NE(cluster_id_of("kraft3"), cluster_id_of("kraft3b"));
}

TEST(ClusterId, IsOneThatKafkaTakesWhateverTheName) {
  for (int i = 0; i < 1000; ++i) {
    const std::string id = cluster_id_of("cluster " + std::to_string(i));
    ASSERT_EQ(mistake_in_cluster_id(id), std::nullopt) << id;
    ASSERT_EQ(id.find('-'), id.npos) << id << " would be read as an option by Kafka's tools";
  }
}

TEST(ClusterId, OfSomeoneElseMayHoldADash) {
  EXPECT_EQ(mistake_in_cluster_id("-CrZ4mIVTk6bXvm4QbJZ0Q"), std::nullopt);
}

TEST(MistakeInClusterId, SaysWhatIsWrong) {
  EXPECT_THAT(mistake_in_cluster_id("short"), Optional(HasSubstr("length is 5")));
  EXPECT_THAT(mistake_in_cluster_id("CrZ4mIVTk6bX/m4QbJZ0QQ"), Optional(HasSubstr("\"/\"")));
  EXPECT_THAT(mistake_in_cluster_id("CrZ4mIVTk6bXvm4QbJZ0QZ"), Optional(HasSubstr("16 bytes")));
}

TEST(MistakeInClusterId, RefusesWhatKafkaReserves) {
  EXPECT_THAT(mistake_in_cluster_id("AAAAAAAAAAAAAAAAAAAAAA"), Optional(HasSubstr("itself")));
  EXPECT_THAT(mistake_in_cluster_id("AAAAAAAAAAAAAAAAAAAAAQ"), Optional(HasSubstr("itself")));
  EXPECT_EQ(mistake_in_cluster_id("AAAAAAAAAAAAAAAAAAAAZA"), std::nullopt);  // the id 100
}

}  // namespace
}  // namespace baker::kafka_node
