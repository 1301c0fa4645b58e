// The flagship bakes: four machines that boot, with a Kafka that accepts its configuration, and
// changing its version bakes what depends on it and nothing else.
#include <gmock/gmock.h>

#include "tests/e2e/kraft3_fixture.h"
#include "tests/support/booted_machine.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Kraft3Test = Kraft3;

TEST_F(Kraft3Test, SaysWhichBaseWasUsedWhereItIsNotJammy) {
  EXPECT_THAT(first_->all(), HasSubstr("the host's own distribution"));
  EXPECT_THAT(first_->out, HasSubstr("not Jammy"));
}

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

TEST_F(Kraft3Test, BakesOnlyWhatDependsOnKafkaWhereItsVersionChanges) {
  const Outcome changed = run({"--set", "kafka=4.2.1"});
  ASSERT_EQ(changed.exit_status, 0) << changed.all();
  EXPECT_THAT(changed.out, AllOf(HasSubstr("6 stages baked, 4 cached; 4 machines placed"),
                                 HasSubstr("kafka changed: version 4.3.1 → 4.2.1")));
  EXPECT_THAT(baker("why", {"node.2", "--set", "kafka=4.2.1"}).out,
              HasSubstr("it last changed because kafka changed: version 4.3.1 → 4.2.1"));

  const Outcome back = run({"--locked", "--offline"});
  EXPECT_EQ(back.exit_status, 0) << back.all();
  EXPECT_THAT(back.out, HasSubstr("10 stages cached; 4 machines placed"));
}

}  // namespace
}  // namespace baker::testing
