#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;

// What it makes is tested where it is used, in the test of `kafka-node`: it takes a whole machine.
class JvmCdsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }
  // On a root that only looks as if these were there.
  Outcome bake(const std::string& java, const std::string& jar) {
    bench_.write("pipeline.toml", R"(
      [pipeline]
      name = "jvm-cds-test"
      [stage.base]
      uses = "files"
      [stage.base.files]
      "/usr/lib/jvm/)" + java + R"(/bin/java" = { content = "", mode = "0755" }
      "/opt/kafka/libs/)" + jar + R"(" = { content = "" }
      [stage.it]
      uses = "jvm-cds"
      from = "base"
    )");
    return bench_.baker({"run", "pipeline.toml"});
  }

  Workbench bench_;
};

TEST_F(JvmCdsTest, NamesWhatTheRootLacks) {
  EXPECT_THAT(bake("java-17-openjdk-amd64", "readme.txt").all(),
              HasSubstr("the root has no Kafka (no kafka_SCALA-VERSION.jar in /opt/kafka/libs): "
                        "add a stage"));
  EXPECT_THAT(bake("default-java", "kafka_2.13-4.3.1.jar").all(),
              HasSubstr("Kafka 4.3.1 runs on Java 17, 21 and 25, and the root has no Java"));
  EXPECT_THAT(bake("java-11-openjdk-amd64", "kafka_2.13-3.9.1.jar").all(),
              HasSubstr("can't archive what a program has loaded"));
}

}  // namespace
}  // namespace baker::testing
