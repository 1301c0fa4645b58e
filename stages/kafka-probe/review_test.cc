#include "review.h"

#include <gmock/gmock.h>

#include "release.h"

namespace baker::kafka_probe {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

class ReviewTest : public ::testing::Test {
 protected:
  std::vector<Objection> objections() {
    transition_.finalized = [this] { return level_; };
    transition_.cluster = [this] { return cluster_; };
    return objections_to(transition_);
  }
  static auto objection(const std::string& text, const std::string& allow) {
    return AllOf(Field(&Objection::text, HasSubstr(text)), Field(&Objection::allow, allow));
  }

  Transition transition_{
      .brokers_before = 3, .brokers_after = 3, .version_before = "4.2.1", .version_after = "4.2.1"};
  std::optional<std::string> level_ = "4.2-IV1";
  std::optional<Cluster> cluster_ = Cluster{};
};

TEST_F(ReviewTest, AnUpgradeIsFree) {
  transition_.version_after = "4.3.1";
  EXPECT_THAT(objections(), IsEmpty());
}

TEST_F(ReviewTest, AnOlderVersionNeedsLeave) {
  transition_.version_before = "4.3.1";
  EXPECT_THAT(objections(), ElementsAre(objection("back to 4.2.1", "lower-version")));
}

TEST_F(ReviewTest, AVersionThatCannotReadTheDataIsImpossible) {
  transition_.version_before = "4.3.1";
  level_ = "4.3-IV0";
  EXPECT_THAT(objections(), ElementsAre(objection("metadata.version is 4.3-IV0", "")));
}

TEST_F(ReviewTest, AnOlderVersionIsImpossibleWhereNobodyKnowsWhatTheDataIs) {
  transition_.version_before = "4.3.1";
  level_.reset();
  EXPECT_THAT(objections(), ElementsAre(objection("it is not known", "")));
}

TEST_F(ReviewTest, DataOfWhichNothingElseIsKnownIsNotGivenToAReleaseThatCannotReadIt) {
  EXPECT_THAT(objections_to_data("4.3-IV0", "4.2.1"),
              ElementsAre(objection("metadata.version 4.3-IV0, which Kafka 4.2.1 can't read", "")));
  EXPECT_THAT(objections_to_data("4.2-IV1", "4.3.1"), IsEmpty());
  EXPECT_THAT(objections_to_data("4.2-IV1", "4.2.1"), IsEmpty());
  EXPECT_THAT(objections_to_data(std::nullopt, "4.2.1"), IsEmpty());
}

TEST_F(ReviewTest, ReleasesAreComparedByNumber) {
  EXPECT_TRUE(is_older("4.0.9", "4.0.10"));
  EXPECT_FALSE(is_older("4.0.10", "4.0.9"));
  EXPECT_FALSE(is_older("", "4.0.9"));
}

TEST_F(ReviewTest, MoreBrokersAreFree) {
  transition_.brokers_after = 5;
  EXPECT_THAT(objections(), IsEmpty());
}

TEST_F(ReviewTest, OneControllerDoesNotBecomeThree) {
  transition_.brokers_before = 1;
  EXPECT_THAT(objections(), ElementsAre(objection("one controller to three", "")));
}

TEST_F(ReviewTest, ThreeControllersDoNotBecomeOne) {
  transition_.brokers_after = 2;
  EXPECT_THAT(objections(), ElementsAre(objection("three controllers to one", "")));
}

TEST_F(ReviewTest, ABrokerThatHoldsNothingGoesWithLeave) {
  transition_.brokers_before = 5;
  cluster_->partitions = {{"orders-0", 1, {1, 2, 3}, {1, 2, 3}}};
  EXPECT_THAT(objections(), ElementsAre(objection("from 5 brokers to 3", "remove-brokers")));
}

TEST_F(ReviewTest, WhatABrokerHoldsThatGoesIsToldToMove) {
  transition_.brokers_before = 5;
  cluster_->partitions = {{"orders-0", 1, {1, 2, 4}, {1, 2, 4}}};
  EXPECT_THAT(objections(), ElementsAre(objection("have replicas of orders-0, which are moved",
                                                  "remove-brokers")));
}

TEST_F(ReviewTest, NoBrokerGoesFromAClusterThatDoesNotAnswer) {
  transition_.brokers_before = 5;
  cluster_.reset();
  EXPECT_THAT(objections(), ElementsAre(objection("no broker answers", "")));
}

TEST_F(ReviewTest, AClusterThatRunsDoesNotTakeUpTls) {
  transition_.tls_after = transition_.runs = true;
  transition_.down_command = "baker down kraft3.toml";
  EXPECT_THAT(objections(), ElementsAre(objection("from plaintext to TLS while it runs", "")));
  EXPECT_THAT(objections(), ElementsAre(objection("first (`baker down kraft3.toml`)", "")));
}

TEST_F(ReviewTest, AClusterThatRunsDoesNotGiveUpTls) {
  transition_.tls_before = transition_.runs = true;
  EXPECT_THAT(objections(), ElementsAre(objection("from TLS to plaintext while it runs", "")));
}

TEST_F(ReviewTest, AClusterThatIsDownTakesUpTls) {
  transition_.tls_after = true;
  EXPECT_THAT(objections(), IsEmpty());
}

TEST_F(ReviewTest, AClusterThatHasTlsIsReplacedWithIt) {
  transition_.tls_before = transition_.tls_after = transition_.runs = true;
  EXPECT_THAT(objections(), IsEmpty());
}

TEST(UpgradeOption, IsOneThatTheToolOfTheReleaseHas) {
  EXPECT_EQ(upgrade_option({3, 9}), "--metadata 3.9");
  EXPECT_EQ(upgrade_option({4, 0}), "--release-version 4.0");
}

TEST(FinalizedLevel, IsReadFromTheTool) {
  EXPECT_THAT(finalized_in("Feature: kraft.version\tSupportedMinVersion: 0\tFinalizedVersionLevel: "
                           "0\tEpoch: 64\nFeature: metadata.version\tSupportedMinVersion: 3.3-IV3\t"
                           "SupportedMaxVersion: 4.3-IV0\tFinalizedVersionLevel: 4.2-IV1\tEpoch: "
                           "64\n"),
              Optional(std::string("4.2-IV1")));
  EXPECT_EQ(finalized_in("Timed out waiting for a node assignment."), std::nullopt);
}

}  // namespace
}  // namespace baker::kafka_probe
