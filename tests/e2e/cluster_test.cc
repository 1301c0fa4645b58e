// The flagship runs: three brokers that serve, replaced one by one, and gone without a trace.
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include "tests/e2e/cluster_fixture.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ClusterTest : public Cluster {
 protected:
  void TearDown() override { forget_cluster(); }
};

TEST_F(ClusterTest, ServesUntilItIsTakenDown) {
  const Outcome started = up();
  ASSERT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out, AllOf(HasSubstr("4 machines run, 4 started"), HasSubstr("3 brokers")));

  const Outcome again = up();
  EXPECT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.out, AllOf(HasSubstr("4 machines run"), Not(HasSubstr("started"))));

  const Outcome consumed =
      in("tester",
         "echo hello | kafka-console-producer.sh --bootstrap-server $KAFKA_BROKERS --topic t && "
         "kafka-console-consumer.sh --bootstrap-server $KAFKA_BROKERS --topic t --from-beginning "
         "--max-messages 1");
  EXPECT_THAT(consumed.out, HasSubstr("hello")) << consumed.all();

  // A systemd-nspawn that is killed leaves its machine running.
  pid_t nspawn = 0;
  std::ifstream(cgroup("node1") / "supervisor/cgroup.procs") >> nspawn;
  ASSERT_GT(nspawn, 0);
  kill(nspawn, SIGKILL);
  EXPECT_THAT(status(), AllOf(HasSubstr(machine("node1") + "  "), Not(HasSubstr("stopped"))));

  const Outcome stopped = down();
  EXPECT_EQ(stopped.exit_status, 0) << stopped.all();
  EXPECT_THAT(status(), Not(HasSubstr("running")));
  EXPECT_FALSE(std::filesystem::exists(cgroup("node1")));
}

TEST_F(ClusterTest, IsReplacedOneNodeAfterTheOtherAndGoesWithoutATrace) {
  const Outcome started = up();
  ASSERT_EQ(started.exit_status, 0) << started.all();
  const Outcome replaced = baker("up", {"--set", "heap=401m", "--start-with", "direct"});
  EXPECT_EQ(replaced.exit_status, 0) << replaced.all();
  EXPECT_THAT(replaced.out, HasSubstr("3 replaced"));

  EXPECT_THAT(with("destroy", {}).all(), HasSubstr("is running: stop it first"));
  EXPECT_EQ(down().exit_status, 0);
  EXPECT_EQ(with("destroy", {}).exit_status, 0);
  EXPECT_THAT(run_program({"ip", "-brief", "link"}).out, Not(HasSubstr("br-kafka")));
  EXPECT_TRUE(std::filesystem::is_empty(bench_->machines()));
  EXPECT_TRUE(std::filesystem::exists(data() / "node1"));
}

}  // namespace
}  // namespace baker::testing
