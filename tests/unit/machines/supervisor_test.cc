// The process that stays beside a machine, with programs in the place of systemd-nspawn.
#include "engine/machines/supervision.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/workbench.h"

namespace baker {
namespace {

using ::testing::HasSubstr;
using testing::Outcome;

class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "cgroups need root";
  }
  Outcome supervise(const std::string& script) const {
    return testing::run_program(
        {BAKER_SUPERVISOR, bench_.path(), bench_.machines(), machine(), "sh", "-c", script});
  }
  static std::string machine() { return "sv" + testing::process_tag(); }
  SupervisionPaths files() const { return supervision_paths(bench_.path(), machine()); }
  long starts() const {
    const std::string log = bench_.read(machine() + ".log");
    long count = 0;
    for (size_t at = log.find(": started"); at != std::string::npos;
         at = log.find(": started", at + 1))
      ++count;
    return count;
  }

  testing::Workbench bench_;
};

TEST_F(SupervisorTest, StartsAMachineAgainThatRebootsAndSaysHowItEnded) {
  const std::string twice = "[ -e " + (bench_.path() / "again").string() + " ] && exit 0; touch " +
                            (bench_.path() / "again").string() + "; exit 133";
  EXPECT_EQ(supervise(twice).exit_status, 0);
  EXPECT_EQ(starts(), 2);
  EXPECT_THAT(how_it_ended(files()), HasSubstr(" UTC: powered off"));
}

TEST_F(SupervisorTest, DoesNotStartAMachineForEverThatRebootsAtOnce) {
  supervise("exit 133");
  EXPECT_EQ(starts(), 5);
  EXPECT_THAT(how_it_ended(files()), HasSubstr("rebooted 5 times within 10 s"));
}

TEST_F(SupervisorTest, DoesNotStartAMachineAgainThatFailed) {
  supervise("exit 3");
  EXPECT_EQ(starts(), 1);
  EXPECT_THAT(how_it_ended(files()), HasSubstr("ended with exit status 3"));
}

TEST_F(SupervisorTest, IsKnownWhileItLives) {
  const std::string asks = "test $(cat " + files().lock + ") = $PPID";
  EXPECT_EQ(supervisor_of(files()), std::nullopt);
  supervise(asks);
  EXPECT_THAT(how_it_ended(files()), HasSubstr("powered off"));
  EXPECT_EQ(supervisor_of(files()), std::nullopt);
}

}  // namespace
}  // namespace baker
