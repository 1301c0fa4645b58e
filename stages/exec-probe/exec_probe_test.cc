#include <gmock/gmock.h>

#include <memory>

#include "tests/support/booted_machine.h"
#include "tests/support/stage_step.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ExecProbeTest : public ::testing::Test {
 protected:
  // With users of its own, as a machine should have: the hardest to enter.
  static void SetUpTestSuite() {
    if (is_root()) {
      machine_ = std::make_unique<BootedMachine>(
          bootable_debian(), std::vector<std::string>{"--private-network", "--volatile=overlay",
                                                      "--private-users=1000013824:65536"});
    }
  }
  static void TearDownTestSuite() { machine_.reset(); }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "booting needs root";
  }

  static nlohmann::json options(const std::vector<std::string>& command, int deadline = 30) {
    return {{"machine", "guest"}, {"command", command}, {"deadline", deadline}};
  }
  static StepOutcome probe(const std::vector<std::string>& command, int deadline = 30) {
    return run_step("exec-probe", "probe", options(command, deadline),
                    {{"guest", machine_->init()}});
  }

  static inline std::unique_ptr<BootedMachine> machine_;
};

TEST_F(ExecProbeTest, HoldsWhenTheCommandSucceeds) {
  const StepOutcome seen = probe({"hostname"});
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_EQ(seen.reply["facts"]["output"], machine_->name() + "\n");
}

TEST_F(ExecProbeTest, RunsAsAProcessOfTheMachine) {
  const StepOutcome seen =
      probe({"sh", "-ec", "id -u; readlink /proc/1/ns/pid; readlink /proc/self/ns/pid"});
  ASSERT_TRUE(seen.ok) << seen.error << seen.printed;
  const std::string output = seen.reply["facts"]["output"];
  const size_t second = output.find('\n') + 1;
  const size_t third = output.find('\n', second) + 1;
  EXPECT_EQ(output.substr(0, second), "0\n");
  EXPECT_EQ(output.substr(second, third - second), output.substr(third));
}

TEST_F(ExecProbeTest, TalksToTheMachinesSystemd) {
  const StepOutcome seen = probe({"systemctl", "restart", "dbus.service"});
  ASSERT_TRUE(seen.ok) << seen.error;
}

TEST_F(ExecProbeTest, TriesAgainUntilItSucceeds) {
  const StepOutcome seen =
      probe({"sh", "-c", "echo x >> /run/tries; test $(wc -l < /run/tries) = 3"});
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_EQ(seen.waiting.size(), 1U);
}

TEST_F(ExecProbeTest, ShowsTheEndOfTheLastOutputWhenItGivesUp) {
  const StepOutcome seen = probe({"sh", "-c", "seq 1 30; echo the reason >&2; exit 7"}, 1);
  ASSERT_FALSE(seen.ok);
  EXPECT_THAT(seen.error,
              AllOf(HasSubstr("in machine \"guest\" did not succeed within 1 seconds: exit status "
                              "7. The end of what it printed:\n  12\n"),
                    HasSubstr("\n  the reason"), Not(HasSubstr("\n  11\n"))));
}

TEST_F(ExecProbeTest, EndsACommandThatHangs) {
  const StepOutcome seen = probe({"sh", "-c", "echo hanging; sleep 1000000"}, 1);
  ASSERT_FALSE(seen.ok);
  EXPECT_THAT(seen.error, HasSubstr("\n  hanging"));
  // It is killed with the rest of its group, and gone once the machine's init has reaped it.
  const Outcome gone =
      machine_->run_until_done({"sh", "-c", "! grep -qx sleep /proc/[0-9]*/comm"}, 10);
  EXPECT_EQ(gone.exit_status, 0) << machine_->run({"ps", "axf"}).out;
}

TEST_F(ExecProbeTest, TakesTheCommandAsItWasWhileMachinesWaitToBeReplaced) {
  const StepOutcome seen = run_step("exec-probe", "probe", options({"false"}),
                                    {{"guest", machine_->init()}}, options({"echo", "as it was"}));
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_EQ(seen.reply["facts"]["output"], "as it was\n");
}

TEST_F(ExecProbeTest, SaysThatTheMachineDoesNotRun) {
  const StepOutcome seen = run_step(
      "exec-probe", "probe", {{"machine", "guest"}, {"command", {"true"}}, {"deadline", 30}});
  EXPECT_EQ(seen.error, "machine \"guest\" does not run");
}

}  // namespace
}  // namespace baker::testing
