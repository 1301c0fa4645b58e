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
  void TearDown() override {
    forget_cluster();
    write_pipeline(patient_flagship());
  }

  static std::string second_machine(const std::string& name) {
    return "kafka" + cluster() + "b-" + name;
  }
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

// The second has one node, for the sake of the host that both run on.
TEST_F(ClusterTest, SharesTheHostWithAnother) {
  std::vector<std::string> second = {
      "--set", "cluster=" + cluster() + "b", "--set", "subnet=10.89.0", "--set", "nodes=1"};
  ASSERT_EQ(up().exit_status, 0);
  const std::string first_init = init_of("node1");
  const Outcome started = up(second);
  EXPECT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out, HasSubstr("2 machines run, 2 started"));

  const std::string list = "kafka-topics.sh --bootstrap-server $KAFKA_BROKERS --list";
  const std::string create =
      "kafka-topics.sh --bootstrap-server $KAFKA_BROKERS --create --topic only-here";
  EXPECT_EQ(in("tester", create).exit_status, 0);
  EXPECT_THAT(in("tester", list).out, HasSubstr("only-here"));
  EXPECT_THAT(in_machine(second_machine("tester"), list).out, Not(HasSubstr("only-here")));
  const std::string second_name = second_machine("node1");
  EXPECT_THAT(in_machine(second_machine("tester"), "getent hosts " + second_name + ".local").out,
              HasSubstr("10.89.0.11"));
  EXPECT_EQ(in("tester", "timeout 10 getent hosts " + second_name + ".local").out, "");

  EXPECT_EQ(down(second).exit_status, 0);
  second.push_back("--data");
  EXPECT_EQ(with("destroy", second).exit_status, 0);
  EXPECT_EQ(init_of("node1"), first_init);
  EXPECT_THAT(status(), HasSubstr("3 brokers"));
}

// Peers stand in /etc/hosts, and names of the domain go to mDNS alone: whoever asked the server
// would wait for it for a second at least.
TEST_F(ClusterTest, FindsItsPeersAlsoWithADeadDnsServer) {
  std::string pipeline = patient_flagship();
  const std::string node = "from = \"node.${each}\"\n";
  write_pipeline(pipeline.insert(pipeline.find(node), "nameservers = [\"10.88.0.250\"]\n"));
  ASSERT_EQ(up().exit_status, 0);
  EXPECT_THAT(in("node1", "cat /etc/resolv.conf").out, HasSubstr("nameserver 10.88.0.250"));
  for (const std::string& name : {machine("node2"), machine("tester"), machine("node9"),
                                  machine("node2") + ".local", std::string("10.88.0.12")}) {
    const Outcome found = in("node1", "timeout 0.9 getent ahosts " + name);
    EXPECT_EQ(found.exit_status, 0) << name << ": " << found.all();
  }
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
