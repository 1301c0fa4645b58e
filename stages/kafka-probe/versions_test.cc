#include "versions.h"

#include <gtest/gtest.h>

namespace baker::kafka_probe {
namespace {

TEST(VersionsTest, AreKnownByTheNameOfKafkasOwnLibrary) {
  EXPECT_EQ(version_among({"connect-api-4.3.1.jar", "kafka_2.13-4.3.1.jar"}), "4.3.1");
  EXPECT_EQ(version_among({"kafka_2.13-4.4.0-rc1.jar"}), "4.4.0-rc1");
  EXPECT_EQ(version_among({"kafka-clients-4.3.1.jar"}), "");
}

TEST(VersionsTest, NameTheMachinesWhereTheyDiffer) {
  EXPECT_EQ(words_for({{"n1", "4.3.1"}, {"n2", "4.3.1"}}), "Kafka 4.3.1");
  EXPECT_EQ(words_for({{"n1", "4.3.1"}, {"n2", "4.2.1"}, {"n3", "4.2.1"}}),
            "Kafka 4.2.1 (n2, n3), 4.3.1 (n1)");
  EXPECT_EQ(words_for({}), "");
}

}  // namespace
}  // namespace baker::kafka_probe
