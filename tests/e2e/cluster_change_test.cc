// What a running cluster lets a user do to it: some changes are asked about, some are refused, and
// one more node disturbs nobody.
#include <gmock/gmock.h>

#include "tests/e2e/cluster_fixture.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ClusterChange : public RunningCluster {
 protected:
  static std::vector<std::string> inits() {
    return {init_of("node1"), init_of("node2"), init_of("node3"), init_of("tester")};
  }
};

TEST_F(ClusterChange, IsSeenByStatus) {
  EXPECT_THAT(status(),
              AllOf(HasSubstr(machine("node1") + "  "),
                    HasSubstr("running, 10.88.0.11, avahi-daemon kafka"),
                    HasSubstr("3 brokers, leader node"), HasSubstr("in sync; Kafka 4.3.1")));
}

TEST_F(ClusterChange, GivesAShellOnATerminal) {
  std::string shell;
  for (const std::string& word :
       bench_->command_line({"shell", "--machines-dir", bench_->machines(), "--start-with",
                             "direct", machine("node1")}))
    shell += word + " ";
  // Typed once it asks for something: bash drops what comes before its prompt.
  const std::string said = bench_->path() / "said";
  const Outcome typed =
      run_program({"timeout", "60", "sh", "-c",
                   "{ until grep -qs '# ' " + said +
                       "; do sleep 0.05; done; printf 'tty && hostname\nexit 7\n'; }"
                       " | script -qefc '" +
                       shell + "' " + said});
  EXPECT_EQ(typed.exit_status, 7) << typed.all();
  EXPECT_THAT(typed.out, AllOf(HasSubstr("/dev/pts/"), HasSubstr(machine("node1"))));
}

TEST_F(ClusterChange, AnOlderKafkaIsRefusedWhereItCannotReadTheData) {
  const std::vector<std::string> before = inits();
  const Outcome refused = up({"--set", "kafka=4.2.1", "--allow", "lower-version"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.out, HasSubstr("since the last up, kafka: 4.3.1 → 4.2.1"));
  EXPECT_THAT(refused.err, AllOf(HasSubstr("nothing was changed"),
                                 HasSubstr("the cluster's metadata.version is 4.3")));
  EXPECT_EQ(inits(), before);
}

TEST_F(ClusterChange, AProbeThatIsRenamedStillKnowsTheCluster) {
  std::string renamed = patient_flagship();
  const std::string stage = "[stage.cluster]";
  write_pipeline(renamed.replace(renamed.find(stage), stage.size(), "[stage.serves]"));
  const Outcome refused = up({"--set", "kafka=4.2.1", "--allow", "lower-version"});
  EXPECT_THAT(refused.err, HasSubstr("stage serves: it goes from Kafka 4.3.1 back to 4.2.1"));
  write_pipeline(patient_flagship());
}

TEST_F(ClusterChange, OneControllerInsteadOfThreeIsRefused) {
  const Outcome refused = up({"--set", "nodes=1"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("three controllers to one"));
}

TEST_F(ClusterChange, ADryRunSaysWhatWouldBeDoneAndDoesNothing) {
  const std::vector<std::string> before = inits();
  const Outcome told = up({"--set", "heap=401m", "--dry-run"});
  EXPECT_EQ(told.exit_status, 0) << told.all();
  EXPECT_THAT(told.out, AllOf(HasSubstr(machine("node2") + " would be replaced"),
                              HasSubstr(machine("tester") + " would stay as it is"),
                              HasSubstr("(the last of all)")));
  EXPECT_EQ(inits(), before);
  EXPECT_THAT(up().out, HasSubstr("nothing to do"));
}

TEST_F(ClusterChange, TwoMoreNodesDisturbNobodyAndGoAgainWithLeave) {
  const std::vector<std::string> before = inits();
  const Outcome grown = up({"--set", "nodes=5"});
  EXPECT_EQ(grown.exit_status, 0) << grown.all();
  EXPECT_THAT(grown.out, AllOf(HasSubstr("5 brokers"), HasSubstr("6 machines run, 2 started")));
  EXPECT_EQ(inits(), before);

  EXPECT_EQ(in("tester",
               "kafka-topics.sh --bootstrap-server $KAFKA_BROKERS --create --topic moved "
               "--replica-assignment 4:5,5:1")
                .exit_status,
            0);
  const Outcome refused = up();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("--allow remove-brokers"));
  const Outcome shrunk = up({"--allow", "remove-brokers", "--prune"});
  EXPECT_EQ(shrunk.exit_status, 0) << shrunk.all();
  EXPECT_THAT(status(), Not(HasSubstr("node5")));
  EXPECT_EQ(inits(), before);

  // Nothing of theirs is left: neither a partition nor their names.
  EXPECT_THAT(in("tester",
                 "kafka-topics.sh --bootstrap-server $KAFKA_BROKERS --describe --topic "
                 "moved --unavailable-partitions")
                  .out,
              Not(HasSubstr("moved")));
  EXPECT_THAT(in("tester",
                 "kafka-cluster.sh list-endpoints --bootstrap-server $KAFKA_BROKERS "
                 "--include-fenced-brokers")
                  .out,
              AllOf(HasSubstr("10.88.0.13"), Not(HasSubstr("10.88.0.14"))));
}

TEST_F(ClusterChange, PassesTheTestOfASystemThatDoesWithoutOneMachine) {
  const Outcome tested = started_directly("test", {});
  EXPECT_EQ(tested.exit_status, 0) << tested.all();
  EXPECT_THAT(tested.out, AllOf(HasSubstr("20 messages acknowledged and read back"),
                                HasSubstr(": stopped"), HasSubstr("passed the test")));
}

TEST_F(ClusterChange, GoesWithItsDataWhereThatIsWanted) {
  EXPECT_EQ(down().exit_status, 0);
  const Outcome refused = up({"--set", "kafka=4.2.1", "--allow", "lower-version"});
  EXPECT_THAT(refused.err, HasSubstr("the cluster's metadata.version is 4.3"));
  EXPECT_TRUE(std::filesystem::exists(data() / "node1/meta.properties"));
  EXPECT_THAT(with("destroy", {}).all(), HasSubstr("--data` removes it)"));
  EXPECT_THAT(up({"--set", "kafka=4.2.1"}).err,
              HasSubstr("the data that is there has metadata.version 4.3"));

  EXPECT_EQ(up().exit_status, 0) << "with its data";
  EXPECT_EQ(down().exit_status, 0);
  EXPECT_EQ(with("destroy", {"--data"}).exit_status, 0);
  EXPECT_FALSE(std::filesystem::exists(data()));
}

}  // namespace
}  // namespace baker::testing
