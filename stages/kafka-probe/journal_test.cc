#include "journal.h"

#include <gtest/gtest.h>

namespace baker::kafka_probe {
namespace {

constexpr const char* kFullDisk =
    "INFO [LogLoader partition=t-0] Loading producer state\n"
    "ERROR Encountered fatal fault: Error starting LogManager\n"
    "java.io.IOException: No space left on device\n"
    "\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)\n"
    "\tat kafka.Kafka.main(Kafka.scala)\n"
    "\t... 12 more\n"
    "kafka.service: Main process exited, code=exited, status=1/FAILURE\n"
    "INFO Registered kafka:type=kafka.Log4jController MBean\n";

TEST(TellingLines, LeaveOutStackTracesAndDailyWork) {
  EXPECT_EQ(telling_lines(kFullDisk, 10),
            "ERROR Encountered fatal fault: Error starting LogManager\n"
            "java.io.IOException: No space left on device\n"
            "kafka.service: Main process exited, code=exited, status=1/FAILURE\n");
}

TEST(TellingLines, LeaveOutTheConfigurationThatABrokerTellsWhenItStartsAgain) {
  const std::string again =
      "INFO KafkaConfig values:\n"
      "\tadvertised.listeners = PLAINTEXT://10.88.0.11:9092\n"
      "\tunstable.feature.versions.enable = false\n"
      " (org.apache.kafka.common.config.AbstractConfig)\n";
  EXPECT_EQ(telling_lines(kFullDisk + again, 1),
            "kafka.service: Main process exited, code=exited, status=1/FAILURE\n");
}

TEST(TellingLines, AreTheLastOnes) {
  EXPECT_EQ(telling_lines(kFullDisk, 1),
            "kafka.service: Main process exited, code=exited, status=1/FAILURE\n");
}

TEST(TellingLines, AreDailyWorkWhereThereIsNothingElse) {
  EXPECT_EQ(telling_lines("INFO one\nINFO two\nINFO three\n", 2), "INFO two\nINFO three\n");
}

}  // namespace
}  // namespace baker::kafka_probe
