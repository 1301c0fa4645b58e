#include "kafka-runtime/software.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker::kafka_runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(CoreJar, TellsTheVersionOfKafka) {
  EXPECT_THAT(version_of_core_jar("kafka_2.13-4.3.1.jar"), Optional(std::string("4.3.1")));
  EXPECT_THAT(version_of_core_jar("kafka_2.12-3.9.1.jar"), Optional(std::string("3.9.1")));
  EXPECT_EQ(version_of_core_jar("kafka-clients-4.3.1.jar"), std::nullopt);
  EXPECT_EQ(version_of_core_jar("scala-logging_2.13-3.9.6.jar"), std::nullopt);
}

TEST(ReleaseFile, TellsTheVersionOfJavaWhoeverPackagedIt) {
  EXPECT_THAT(version_in_release_file("JAVA_VERSION=\"17.0.15\"\n"), Optional(17));
  EXPECT_THAT(version_in_release_file("IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"21\"\n"),
              Optional(21));
  EXPECT_THAT(version_in_release_file("JAVA_VERSION=\"1.8.0_402\"\n"), Optional(8));
  EXPECT_EQ(version_in_release_file("JAVA_RUNTIME_VERSION=\"17.0.15+6\"\n"), std::nullopt);
}

TEST(FolderName, TellsTheVersionOfJavaWhereNothingElseDoes) {
  EXPECT_THAT(version_in_folder_name("java-17-openjdk-amd64"), Optional(17));
  EXPECT_THAT(version_in_folder_name("java-25-openjdk"), Optional(25));
  EXPECT_THAT(version_in_folder_name("temurin-21-jre-amd64"), Optional(21));
  EXPECT_THAT(version_in_folder_name("java-25-amazon-corretto"), Optional(25));
  EXPECT_THAT(version_in_folder_name("zulu17-ca-amd64"), Optional(17));
  EXPECT_THAT(version_in_folder_name("java-1.8.0-openjdk"), Optional(8));
  EXPECT_EQ(version_in_folder_name("default-java"), std::nullopt);
}

TEST(Kafka, SupportsTheJavasOfItsDocumentation) {
  EXPECT_THAT((Kafka{"3.9.1", {}}.supported_javas()), ElementsAre(11, 17, 21));
  EXPECT_THAT((Kafka{"4.1.2", {}}.supported_javas()), ElementsAre(17, 21));
  EXPECT_THAT((Kafka{"4.3.1", {}}.supported_javas()), ElementsAre(17, 21, 25));
}

}  // namespace
}  // namespace baker::kafka_runtime
