// The flagship as it is placed: four machines that boot, with a Kafka that accepts its
// configuration.
#include <gmock/gmock.h>

#include "tests/e2e/kraft3_fixture.h"
#include "tests/support/booted_machine.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;

using Kraft3Test = Kraft3;

TEST_F(Kraft3Test, DoesNothingTheSecondTime) {
  const Outcome again = run({"--locked", "--offline"});
  EXPECT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.out, HasSubstr("nothing to do, 10 stages cached, 4 machines in place"));
}

TEST_F(Kraft3Test, MakesNoFolderAndNoFileThatEverybodyMayChange) {
  const Outcome found =
      run_program({"find", bench_->machines() / machine("node1"), "-xdev", "(", "-type", "f", "-o",
                   "-type", "d", ")", "-perm", "-0002", "!", "-perm", "-1000"});
  EXPECT_EQ(found.exit_status, 0) << found.all();
  EXPECT_EQ(found.out, "");
}

TEST_F(Kraft3Test, MakesNodesThatBootAndFormatTheirData) {
  const BootedMachine node(bench_->machines() / machine("node1"));
  EXPECT_EQ(node.run({"systemd-analyze", "verify", "kafka.service"}).exit_status, 0);
  // Kafka's own StorageTool has accepted the configuration when this file is there.
  const Outcome formatted =
      node.run_until_done({"grep", "cluster.id=", "/data/kafka/meta.properties"}, 120);
  EXPECT_EQ(formatted.exit_status, 0) << node.run({"journalctl", "-b", "-u", "kafka"}).out;
  EXPECT_THAT(node.run({"systemctl", "show", "kafka", "-p", "User"}).out, HasSubstr("User=kafka"));
  EXPECT_THAT(node.run({"java", "-version"}).all(), HasSubstr("17."));
}

}  // namespace
}  // namespace baker::testing
