#include <gmock/gmock.h>

#include <memory>

#include "tests/support/booted_machine.h"
#include "tests/support/stage_step.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class UnitProbeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (is_root()) {
      machine_ = std::make_unique<BootedMachine>(
          bootable_debian(), std::vector<std::string>{"--private-network", "--volatile=overlay"});
    }
  }
  static void TearDownTestSuite() { machine_.reset(); }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "booting needs root";
  }

  static void start_unit(const std::string& name, const std::vector<std::string>& properties,
                         const std::string& script) {
    std::vector<std::string> argv = {"systemd-run", "--quiet", "--no-block", "--unit=" + name};
    for (const std::string& each : properties) argv.push_back("--property=" + each);
    argv.insert(argv.end(), {"sh", "-c", script});
    const Outcome started = machine_->run(argv);
    ASSERT_EQ(started.exit_status, 0) << started.all();
  }
  // One machine, seen under these names.
  static StepOutcome probe(const std::string& unit, const std::vector<std::string>& names,
                           int deadline = 30,
                           const nlohmann::json& outgoing = nlohmann::json::object()) {
    std::map<std::string, pid_t> running;
    for (const char* name : {"one", "two"}) running[name] = machine_->init();
    return run_step("unit-probe", "probe",
                    {{"unit", unit}, {"machines", names}, {"deadline", deadline}}, running,
                    outgoing);
  }

  static inline std::unique_ptr<BootedMachine> machine_;
};

TEST_F(UnitProbeTest, HoldsWhereTheUnitIsActive) {
  const StepOutcome seen = probe("systemd-journald.service", {"one"});
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_EQ(seen.reply["seen"], "systemd-journald.service is active in one");
  EXPECT_EQ(seen.reply["facts"]["one"], "active (running)");
  EXPECT_THAT(seen.waiting, IsEmpty());
}

TEST_F(UnitProbeTest, LooksAtAllThatRunWhereNoneIsNamed) {
  const StepOutcome seen = probe("systemd-journald.service", {});
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_EQ(seen.reply["seen"], "systemd-journald.service is active in 2 machines");
}

TEST_F(UnitProbeTest, TakesTheUnitAsItWasWhileMachinesWaitToBeReplaced) {
  const StepOutcome seen =
      probe("not-there-yet.service", {"one"}, 30, {{"unit", "systemd-journald.service"}});
  EXPECT_TRUE(seen.ok) << seen.error;
}

TEST_F(UnitProbeTest, WaitsForAUnitThatStarts) {
  start_unit("late", {"Type=notify", "NotifyAccess=all"},
             "sleep 0.3; systemd-notify --ready; sleep infinity");
  const StepOutcome seen = probe("late.service", {"one"});
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_THAT(seen.waiting, Contains("late.service in one: activating (start)"));
}

TEST_F(UnitProbeTest, AFailedUnitEndsTheWaitAtOnceWithItsJournal) {
  start_unit("broken", {"Type=oneshot"}, "seq 1 30; echo the disk is on fire >&2; exit 3");
  const StepOutcome seen = probe("broken.service", {"one"}, 3600);
  ASSERT_FALSE(seen.ok);
  EXPECT_THAT(seen.error,
              AllOf(HasSubstr("unit \"broken.service\" is not active and will not be\n"
                              "  one: failed (failed)\nthe end of its journal in \"one\":\n"),
                    HasSubstr("the disk is on fire"), Not(HasSubstr("]: 10\n"))));
}

TEST_F(UnitProbeTest, ShowsAllStatesAndTheJournalWhenItGivesUp) {
  start_unit("stuck", {"Type=notify"}, "echo waiting for the moon; sleep infinity");
  const StepOutcome seen = probe("stuck.service", {"one", "two"}, 1);
  ASSERT_FALSE(seen.ok);
  EXPECT_THAT(seen.error, AllOf(HasSubstr("unit \"stuck.service\" was not active within 1 seconds\n"
                                          "  one: activating (start)\n  two: activating (start)\n"),
                                HasSubstr("waiting for the moon")));
}

TEST_F(UnitProbeTest, SaysThatThereIsNoSuchUnit) {
  EXPECT_THAT(probe("kafak.service", {"one"}, 3600).error, HasSubstr("one: there is no such unit"));
}

TEST_F(UnitProbeTest, DoesNotWaitForAMaskedUnit) {
  ASSERT_EQ(machine_->run({"systemctl", "mask", "--runtime", "never.service"}).exit_status, 0);
  EXPECT_THAT(probe("never.service", {"one"}, 3600).error,
              HasSubstr("one: its unit file is masked"));
}

TEST_F(UnitProbeTest, SaysThatAMachineDoesNotRun) {
  EXPECT_EQ(probe("systemd-journald.service", {"three"}).error, "machine \"three\" does not run");
  EXPECT_EQ(
      run_step("unit-probe", "probe",
               {{"unit", "a.service"}, {"machines", nlohmann::json::array()}, {"deadline", 9}})
          .error,
      "none of the pipeline's machines runs");
}

}  // namespace
}  // namespace baker::testing
