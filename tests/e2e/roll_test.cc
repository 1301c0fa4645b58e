// Machines of any pipeline are replaced one by one, also where what their probes ask for changes
// with them.
#include <gmock/gmock.h>

#include "tests/e2e/two_machines.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using RollTest = TwoMachines;

TEST_F(RollTest, ChangesThePortOfOneMachineAfterTheOther) {
  const Outcome rolled = up("8081");
  EXPECT_EQ(rolled.exit_status, 0) << rolled.all();
  EXPECT_THAT(rolled.out, AllOf(HasSubstr("2 machines run, 2 replaced"),
                                ContainsRegex("10.98.0.11:8081 \\(.*\\) or 10.98.0.11:8080")));
}

TEST_F(RollTest, LeavesASystemAloneThatDoesNotServeUnlessItIsTold) {
  run({"systemctl", "stop", "greet.socket"});
  const Outcome refused = up("8081");
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err,
              AllOf(ContainsRegex("before the first machine is replaced \\(none was; `[^`]* up "
                                  "[^`]* --parallel` asks only when all are\\)"),
                    HasSubstr("10.98.0.11:8080")));
  EXPECT_THAT(refused.out, Not(HasSubstr("-2: started")));

  const Outcome told = up("8081", {"--parallel"});
  EXPECT_EQ(told.exit_status, 0) << told.all();
  EXPECT_THAT(told.out, HasSubstr("2 machines run, 2 replaced"));
}

// The change moves both machines to another port, adds a third, gives the bridge another address,
// and waits for a port that nobody listens on: it does not come to its end. Neither port answers on
// both machines while one of them is back.
TEST_F(RollTest, GoesBackToAllThatRanBeforeAChangeThatDidNotServe) {
  write_pipeline(
      replaced(replaced(replaced(pipeline(), "1..2", "1..3"), "10.98.0.1/24", "10.98.0.254/24"),
               "10.98.0.12:${port}", "10.98.0.12:9"));
  const Outcome failed = up("8081");
  ASSERT_EQ(failed.exit_status, 1) << failed.all();
  EXPECT_THAT(bridge(), HasSubstr("10.98.0.254/24"));

  const Outcome back = rollback("8081");
  EXPECT_EQ(back.exit_status, 0) << back.all();
  EXPECT_THAT(back.out, AllOf(HasSubstr("the others go back without being waited for"),
                              ContainsRegex("-1: started(.|\n)*2 addresses accept TCP connections"),
                              HasSubstr(name() + "-3: stopped, as it was not there before"),
                              HasSubstr("2 machines have their old trees again, 1 stopped")));
  EXPECT_THAT(bridge(), HasSubstr("10.98.0.1/24"));
  EXPECT_THAT(rollback("8081").out, HasSubstr("no machine has an old tree to go back to"));

  write_pipeline(pipeline());
  EXPECT_THAT(up("8080", {"--prune"}).out, Not(HasSubstr("replaced")));
}

}  // namespace
}  // namespace baker::testing
