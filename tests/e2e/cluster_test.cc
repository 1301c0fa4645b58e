// The flagship runs: three brokers that serve, replaced one by one, and gone without a trace.
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include "tests/e2e/cluster_fixture.h"
#include "tests/support/pictured.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ClusterTest : public RunningCluster {
 protected:
  void TearDown() override {
    write_pipeline(patient_flagship());
    if (HasFailure()) forget_cluster();
  }

  static void expect_pictured(const std::string& command, const Outcome& outcome) {
    EXPECT_THAT(lines_not_printed(pictured_outputs("README.md", "baker " + command).at(0),
                                  without_tag(outcome.all())),
                IsEmpty())
        << command << " printed:\n"
        << outcome.all();
  }

  static std::string second_machine(const std::string& name) {
    return "kafka" + cluster() + "b-" + name;
  }
  static Outcome in_second(const std::string& name, const std::string& command) {
    return in_machine(second_machine(name), command);
  }
};

TEST_F(ClusterTest, ServesAndIsLeftAloneByAnotherUp) {
  EXPECT_THAT(status(), HasSubstr("3 brokers"));
  const Outcome again = up();
  EXPECT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.out, AllOf(HasSubstr("4 machines run"), Not(HasSubstr("started"))));

  const Outcome consumed =
      in("tester",
         "echo hello | kafka-console-producer.sh --bootstrap-server $KAFKA_BROKERS --topic t && "
         "kafka-console-consumer.sh --bootstrap-server $KAFKA_BROKERS --topic t --from-beginning "
         "--max-messages 1");
  EXPECT_THAT(consumed.out, HasSubstr("hello")) << consumed.all();
}

TEST_F(ClusterTest, IsStartedAndSeenAsTheReadmeShows) {
  ASSERT_EQ(down().exit_status, 0);
  forget_cluster();
  ASSERT_EQ(with("run", {}).exit_status, 0);
  expect_pictured("up pipelines/kraft3.toml", up());
  expect_pictured("status pipelines/kraft3.toml", with("status", {}));
  expect_pictured("up pipelines/kraft3.toml --set kafka=4.2.1", up({"--set", "kafka=4.2.1"}));
}

TEST_F(ClusterTest, IsReplacedOneNodeAfterTheOtherAndGoesWithoutATrace) {
  const Outcome replaced = baker("up", {"--set", "heap=401m", "--start-with", "direct"});
  EXPECT_EQ(replaced.exit_status, 0) << replaced.all();
  EXPECT_THAT(replaced.out, HasSubstr("3 replaced"));

  // A systemd-nspawn that is killed leaves its machine running.
  pid_t nspawn = 0;
  std::ifstream(cgroup("node1") / "supervisor/cgroup.procs") >> nspawn;
  ASSERT_GT(nspawn, 0);
  kill(nspawn, SIGKILL);
  EXPECT_THAT(status(), AllOf(HasSubstr(machine("node1") + "  "), Not(HasSubstr("stopped"))));

  EXPECT_THAT(with("destroy", {}).all(),
              HasSubstr("is running, and nothing was removed; stop it first: "));
  EXPECT_EQ(down().exit_status, 0);
  EXPECT_THAT(status(), Not(HasSubstr("running")));
  EXPECT_FALSE(std::filesystem::exists(cgroup("node1")));
  EXPECT_EQ(with("destroy", {}).exit_status, 0);
  EXPECT_THAT(run_program({"ip", "-brief", "link"}).out, Not(HasSubstr("br-kafka")));
  EXPECT_TRUE(std::filesystem::is_empty(bench_->machines()));
  EXPECT_TRUE(std::filesystem::exists(data() / "node1"));
}

using ClusterNightly = ClusterTest;

// The second has one node, for the sake of the host that both run on, and a DNS server that does
// not answer: peers stand in /etc/hosts, and names of the domain go to mDNS alone. Whoever asked
// the server would wait for it for a second at least.
TEST_F(ClusterNightly, SharesTheHostWithAnotherThatHasADeadDnsServer) {
  std::vector<std::string> second = {
      "--set", "cluster=" + cluster() + "b", "--set", "subnet=10.89.0", "--set", "nodes=1"};
  const std::string first_init = init_of("node1");
  std::string pipeline = patient_flagship();
  const std::string node = "from = \"node.${each}\"\n";
  write_pipeline(pipeline.insert(pipeline.find(node), "nameservers = [\"10.89.0.250\"]\n"));
  const Outcome started = up(second);
  EXPECT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out, HasSubstr("2 machines run, 2 started"));
  EXPECT_THAT(in_second("node1", "cat /etc/resolv.conf").out, HasSubstr("nameserver 10.89.0.250"));
  for (const std::string& name : {second_machine("tester"), second_machine("node9"),
                                  second_machine("tester") + ".local", std::string("10.89.0.10")}) {
    const Outcome found = in_second("node1", "timeout 0.9 getent ahosts " + name);
    EXPECT_EQ(found.exit_status, 0) << name << ": " << found.all();
  }

  const std::string list = "kafka-topics.sh --bootstrap-server $KAFKA_BROKERS --list";
  const std::string create =
      "kafka-topics.sh --bootstrap-server $KAFKA_BROKERS --create --topic only-here";
  EXPECT_EQ(in("tester", create).exit_status, 0);
  EXPECT_THAT(in("tester", list).out, HasSubstr("only-here"));
  EXPECT_THAT(in_second("tester", list).out, Not(HasSubstr("only-here")));
  const std::string second_name = second_machine("node1");
  EXPECT_THAT(in_second("tester", "getent hosts " + second_name + ".local").out,
              HasSubstr("10.89.0.11"));
  EXPECT_EQ(in("tester", "timeout 10 getent hosts " + second_name + ".local").out, "");

  EXPECT_EQ(down(second).exit_status, 0);
  second.push_back("--data");
  EXPECT_EQ(with("destroy", second).exit_status, 0);
  EXPECT_EQ(init_of("node1"), first_init);
  write_pipeline(patient_flagship());
  EXPECT_THAT(status(), HasSubstr("3 brokers"));
}

}  // namespace
}  // namespace baker::testing
