// The flagship runs: three brokers that serve, replaced one by one, and gone without a trace. Each
// test has a network of its own, in which nothing but its cluster is.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>

#include <csignal>
#include <fstream>

#include "tests/e2e/kraft3_fixture.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ClusterTest : public Kraft3 {
 protected:
  void SetUp() override {
    Kraft3::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    host_network_ = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    run_program({"ip", "link", "set", "lo", "up"});
  }
  void TearDown() override {
    if (host_network_ < 0) return;
    down({"--stop-timeout", "1"});
    setns(host_network_, CLONE_NEWNET);
    close(host_network_);
  }

  static Outcome with(const std::string& command, std::vector<std::string> options) {
    options.insert(options.begin(), {"--set", "heap=400m"});
    return baker(command, options);
  }
  static Outcome up(const std::vector<std::string>& options = {}) {
    std::vector<std::string> all = {"--start-with", "direct"};
    all.insert(all.end(), options.begin(), options.end());
    return with("up", all);
  }
  static Outcome down(std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--start-with", "direct"});
    return with("down", options);
  }
  static Outcome in_tester(const std::string& command) {
    return bench_->baker({"exec", "--machines-dir", bench_->machines(), "--start-with", "direct",
                          machine("tester"), "--", "sh", "-c", command});
  }
  static std::string cgroup(const std::string& name) {
    const std::string hybrid = "/sys/fs/cgroup/unified";
    return (std::filesystem::exists(hybrid) ? hybrid : "/sys/fs/cgroup") + "/baker/" +
           machine(name);
  }

  int host_network_ = -1;
};

TEST_F(ClusterTest, ServesUntilItIsTakenDown) {
  const Outcome started = up();
  ASSERT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out, AllOf(HasSubstr("4 machines run, 4 started"), HasSubstr("3 brokers")));

  const Outcome again = up();
  EXPECT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.out, AllOf(HasSubstr("4 machines run"), Not(HasSubstr("started"))));

  const Outcome consumed = in_tester(
      "echo hello | kafka-console-producer.sh --bootstrap-server $KAFKA_BROKERS --topic t && "
      "kafka-console-consumer.sh --bootstrap-server $KAFKA_BROKERS --topic t --from-beginning "
      "--max-messages 1");
  EXPECT_THAT(consumed.out, HasSubstr("hello")) << consumed.all();

  // A systemd-nspawn that is killed leaves its machine running.
  pid_t nspawn = 0;
  std::ifstream(cgroup("node1") + "/supervisor/cgroup.procs") >> nspawn;
  ASSERT_GT(nspawn, 0);
  kill(nspawn, SIGKILL);
  EXPECT_THAT(with("status", {}).out, HasSubstr(machine("node1") + "  "));
  EXPECT_THAT(with("status", {}).out, Not(HasSubstr("stopped")));

  const Outcome stopped = down();
  EXPECT_EQ(stopped.exit_status, 0) << stopped.all();
  EXPECT_THAT(with("status", {}).out, Not(HasSubstr("running")));
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
  EXPECT_TRUE(std::filesystem::exists(bench_->path() / ("data" + cluster()) / "node1"));
}

}  // namespace
}  // namespace baker::testing
