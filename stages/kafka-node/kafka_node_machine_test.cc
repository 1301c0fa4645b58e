// A node as it is placed, on a root that a `jvm-cds` stage has prepared: the flagship's own.
#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/e2e/kraft3_fixture.h"
#include "tests/support/booted_machine.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

// The only node of a flagship that talks to itself.
class KafkaNodeMachine : public Kraft3 {
 protected:
  static void SetUpTestSuite() {
    Kraft3::SetUpTestSuite();
    if (!is_root() || machine_) return;
    const Outcome alone =
        run({"--set", "nodes=1", "--set", "subnet=127.0.0", "--set", "heap=256m"});
    if (alone.exit_status != 0) throw std::runtime_error(alone.all());
    machine_ = std::make_unique<BootedMachine>(bench_->machines() / machine("node1"));
  }
  static void TearDownTestSuite() { machine_.reset(); }

  static Outcome in_shell(const std::string& command) {
    return machine_->run({"sh", "-lc", command});
  }
  // Java with all options of the broker, except that it ends where it can't use the archive.
  static Outcome with_the_archive_or_not_at_all() {
    return in_shell(
        "$JAVA_HOME/bin/java @/etc/kafka/class-path.args @/etc/kafka/jvm.args -Xshare:on "
        "kafka.tools.StorageTool random-uuid");
  }

  static inline std::unique_ptr<BootedMachine> machine_;
};

TEST_F(KafkaNodeMachine, Serves) {
  const Outcome verified =
      machine_->run({"systemd-analyze", "verify", "--man=no", "/etc/systemd/system/kafka.service"});
  EXPECT_EQ(verified.exit_status, 0) << verified.all();

  const Outcome created = machine_->run_until_done(
      {"sh", "-lc",
       "kafka-topics.sh --bootstrap-server $KAFKA_BROKERS --create --if-not-exists "
       "--topic greetings"},
      60);
  ASSERT_EQ(created.exit_status, 0)
      << created.all() << machine_->run({"journalctl", "-b", "-u", "kafka"}).out;
  // The controller has said yes; the broker makes the folder when it hears of it.
  EXPECT_THAT(machine_->run_until_done({"stat", "--format=%U", "/data/kafka/greetings-0"}, 30).out,
              "kafka\n");
  EXPECT_THAT(machine_->run({"systemctl", "show", "--property=NRestarts", "kafka"}).out,
              "NRestarts=0\n");
}

TEST_F(KafkaNodeMachine, FormatsItsDataAsKafkaKnowsItWithoutJava) {
  EXPECT_THAT(in_shell("cat /usr/local/lib/kafka-node/format-once").out,
              Not(HasSubstr("StorageTool")));
  const Outcome info = in_shell("kafka-storage.sh info -c /etc/kafka/server.properties");
  EXPECT_EQ(info.exit_status, 0) << info.all();
  EXPECT_THAT(info.out, MatchesRegex(".*cluster.id=[^,]{22}, directory.id=[^,]{22}, node.id=1, "
                                     "version=1.*"));
}

TEST_F(KafkaNodeMachine, StartsWithTheArchiveOfItsClasses) {
  const Outcome used = with_the_archive_or_not_at_all();
  EXPECT_EQ(used.exit_status, 0) << used.all();
}

TEST_F(KafkaNodeMachine, DoesWithoutTheArchiveWhereAJarIsNewer) {
  const std::string jar = "/opt/kafka/libs/kafka-clients-4.3.1.jar";
  const std::string before = in_shell("stat --format=%Y " + jar).out;
  in_shell("touch " + jar);
  const Outcome refused = with_the_archive_or_not_at_all();
  in_shell("touch --date=@" + before.substr(0, before.find('\n')) + " " + jar);
  EXPECT_NE(refused.exit_status, 0) << "so the test above proves nothing";
}

TEST_F(KafkaNodeMachine, KeepsOfTheTrainingNothingButItsResult) {
  const auto layer = bench_->layer_of("kraft3.toml", "fast-start");
  EXPECT_EQ(run_program({"sh", "-c", "find . ! -type d | LC_ALL=C sort"}, {}, layer).out,
            "./usr/lib/kafka-cds/bootstrap.checkpoint\n"
            "./usr/lib/kafka-cds/class-path.args\n"
            "./usr/lib/kafka-cds/java\n"
            "./usr/lib/kafka-cds/kafka.jsa\n");
}

}  // namespace
}  // namespace baker::testing
