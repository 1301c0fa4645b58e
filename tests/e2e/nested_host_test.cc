// baker as a user has it: installed on a host with systemd, which runs the flagship's machines.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>

#include "tests/support/flagship.h"
#include "tests/support/loop_disk.h"
#include "tests/support/nested_host.h"
#include "tests/support/waiting.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// One host for all tests, without a network to the outside: what is to be downloaded or takes long
// was baked by the test `flagship`, into the cache that the host is shown. A test finds the cluster
// as the one before has left it, whichever that was.
class NestedHostTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    bench_ = std::make_unique<Workbench>();
    disk_ = place_on_btrfs(*bench_);
    copy_kept_flagship(*bench_);
    const fs::path root = bench_->path() / "host";
    host_ = std::make_unique<NestedHost>(
        root, BAKER_BUILD,
        std::vector<std::string>{"--bind=" + fs::canonical(bench_->cache()).string() +
                                 ":/var/cache/baker"});
    std::ofstream(root / "root/kraft3.toml") << flagship_text();
    fs::copy(bench_->path() / "kraft3.lock.toml", root / "root");
    host_->boot();
  }
  static void TearDownTestSuite() {
    host_.reset();
    disk_.reset();
    bench_.reset();
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "a host of its own needs root";
  }

  static Outcome baker(const std::string& command, const std::vector<std::string>& options = {}) {
    std::vector<std::string> argv = {
        "baker", command,        "/root/kraft3.toml", "--set", "base=" + flagship_base(),
        "--set", "heap=" + heap_};
    argv.insert(argv.end(), options.begin(), options.end());
    return host_->run(argv);
  }
  static Outcome up(const std::vector<std::string>& options = {}) { return baker("up", options); }
  static Outcome in_tester(const std::string& script) {
    return host_->run({"baker", "exec", "kafka-tester", "--", "sh", "-c", script});
  }
  static void send(const std::string& message) {
    const Outcome sent =
        in_tester("echo " + message +
                  " | kafka-console-producer.sh --bootstrap-server $KAFKA_BROKERS --topic kept"
                  " --command-property acks=all");
    ASSERT_EQ(sent.exit_status, 0) << sent.all();
  }
  static std::string received() {
    return in_tester(
               "kafka-console-consumer.sh --bootstrap-server $KAFKA_BROKERS --topic kept"
               " --from-beginning --max-messages 1 --timeout-ms 30000")
        .out;
  }

  inline static std::string heap_ = "400m";
  inline static std::unique_ptr<Workbench> bench_;
  inline static std::unique_ptr<LoopDisk> disk_;
  inline static std::unique_ptr<NestedHost> host_;
};

// The host has no nss-mdns, so its clients need addresses; who asks avahi finds names.
TEST_F(NestedHostTest, IsReachedFromTheHost) {
  ASSERT_EQ(up().exit_status, 0);
  EXPECT_THAT(host_->sh("getent ahosts kafka-node1.local || true").out, IsEmpty());
  const Outcome advertised = in_tester(
      "kafka-broker-api-versions.sh --bootstrap-server $KAFKA_BROKERS | grep -o '^[^ ]* (id'");
  EXPECT_THAT(advertised.out,
              AllOf(HasSubstr("10.88.0.11:9092 (id"), HasSubstr("10.88.0.12:9092 (id"),
                    HasSubstr("10.88.0.13:9092 (id")));
  EXPECT_EQ(host_->run({"bash", "-c", "echo > /dev/tcp/10.88.0.13/9092"}).exit_status, 0);
  EXPECT_THAT(host_->sh_until_done("avahi-resolve -4 -n kafka-node2.local | grep .", 20).out,
              HasSubstr("10.88.0.12"));
}

TEST_F(NestedHostTest, BringsBackMachinesThatWereKilled) {
  ASSERT_EQ(up().exit_status, 0);
  host_->sh("kill -9 $(systemctl show -P MainPID systemd-nspawn@kafka-node1.service)");
  host_->sh("kill -9 $(machinectl show --property=Leader --value kafka-node2)");
  const Outcome seen = host_->sh_until_done(
      "baker status /root/kraft3.toml | grep -A1 'node1 *stopped' | grep 'node2 *stopped: it has "
      "ended by itself (.*: '",
      20);
  ASSERT_EQ(seen.exit_status, 0) << baker("status").out;

  const Outcome back = up();
  EXPECT_EQ(back.exit_status, 0) << back.all();
  EXPECT_THAT(back.out, HasSubstr("4 machines run, 2 started"));
}

TEST_F(NestedHostTest, IsReplacedOneNodeAfterTheOther) {
  ASSERT_EQ(up().exit_status, 0);
  heap_ = "401m";  // from now on, or the next test would replace them again
  const Outcome replaced = up();
  EXPECT_EQ(replaced.exit_status, 0) << replaced.all();
  EXPECT_THAT(replaced.out, HasSubstr("(machined): 4 machines run, 3 replaced"));
}

TEST_F(NestedHostTest, ComesBackWithItsDataAfterAReboot) {
  ASSERT_EQ(up().exit_status, 0);
  send("before-the-reboot");

  host_->reboot();
  EXPECT_THAT(baker("status").out, AllOf(HasSubstr("stopped"), Not(HasSubstr("running"))));
  EXPECT_THAT(host_->sh("ip -brief link").out, Not(HasSubstr("br-kafka")));
  const Outcome back = up();
  EXPECT_EQ(back.exit_status, 0) << back.all();
  EXPECT_THAT(back.out, HasSubstr("4 started"));
  EXPECT_THAT(received(), HasSubstr("before-the-reboot"));
}

TEST_F(NestedHostTest, IsStartedByTheHostWhereThatIsWanted) {
  const std::vector<std::string> autostart = {"--set", "autostart=true"};
  ASSERT_EQ(up(autostart).exit_status, 0);
  host_->reboot();
  const Outcome running =
      host_->sh_until_done("test $(machinectl list --no-legend | grep -c kafka-node) = 3", 30);
  EXPECT_EQ(running.exit_status, 0) << host_->sh("machinectl list; systemctl --failed").out;
  const Outcome started = host_->sh("machinectl start kafka-tester");
  EXPECT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(host_->sh("findmnt -rno SOURCE /var/lib/machines/kafka-tester").out,
              StartsWith("baker:"));
  const Outcome joined = up(autostart);
  EXPECT_EQ(joined.exit_status, 0) << joined.all();
  EXPECT_THAT(joined.out, HasSubstr("4 machines run\n"));

  EXPECT_EQ(up().exit_status, 0);
  EXPECT_THAT(host_->sh("systemctl list-dependencies machines.target; ls /etc/systemd/system").out,
              Not(HasSubstr("baker")));
}

TEST_F(NestedHostTest, AMountedMachineIsClonedByTheToolsOfSystemd) {
  ASSERT_EQ(baker("run").exit_status, 0);
  const Outcome cloned = host_->sh("machinectl clone kafka-tester copy");
  EXPECT_EQ(cloned.exit_status, 0) << cloned.all();
  EXPECT_THAT(host_->sh("cat /var/lib/machines/copy/etc/hostname").out, HasSubstr("kafka-tester"));
  const Outcome started = host_->sh("machinectl start copy");
  EXPECT_EQ(started.exit_status, 0) << started.all();
  EXPECT_EQ(host_->sh("systemctl stop systemd-nspawn@copy && machinectl remove copy").exit_status,
            0);

  const Outcome exported = host_->sh(
      "machinectl export-tar --format=uncompressed kafka-tester /root/tester.tar && "
      "tar -xOf /root/tester.tar ./etc/hostname && rm /root/tester.tar");
  EXPECT_THAT(exported.out, HasSubstr("kafka-tester")) << exported.all();
}

TEST_F(NestedHostTest, LooksAtItsCacheOnATimer) {
  const Outcome enabled = host_->sh("systemctl enable --now baker-verify.timer");
  EXPECT_EQ(enabled.exit_status, 0) << enabled.all();
  EXPECT_THAT(host_->sh("systemctl list-timers --no-pager").out, HasSubstr("baker-verify.service"));
  EXPECT_EQ(host_->sh("systemctl start baker-verify.service").exit_status, 0);
  // The journal takes lines in after the service has ended.
  EXPECT_TRUE(comes_true([&] {
    return host_->sh("journalctl --no-pager --unit=baker-verify.service")
               .out.find("all as it should be") != std::string::npos;
  }));
  host_->sh("systemctl disable --now baker-verify.timer");
}

TEST_F(NestedHostTest, RunsTheClusterUnderSystemd) {
  baker("down");
  const Outcome started = up();
  ASSERT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out,
              AllOf(HasSubstr("(machined): 4 machines run, 4 started"), HasSubstr("3 brokers")));
  EXPECT_THAT(host_->sh("machinectl list").out,
              AllOf(HasSubstr("kafka-node3  container systemd-nspawn"), HasSubstr("10.88.0.13")));

  const Outcome again = up();
  EXPECT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.out, AllOf(HasSubstr("4 machines run"), Not(HasSubstr("started"))));

  const Outcome down = baker("down");
  EXPECT_EQ(down.exit_status, 0) << down.all();
  EXPECT_THAT(host_->sh("machinectl list").out, HasSubstr("No machines"));
}

TEST_F(NestedHostTest, SaysWhyAMachineDoesNotStart) {
  ASSERT_EQ(baker("run").exit_status, 0);
  baker("down");
  host_->sh("mv /data/kafka/tls/node1 /data/kafka/elsewhere && touch /data/kafka/tls/node1");
  EXPECT_THAT(up().all(), AllOf(HasSubstr("machine \"kafka-node1\" did not start"),
                                HasSubstr("Cannot bind mount file /data/kafka/tls/node1")));
  host_->sh("rm /data/kafka/tls/node1 && mv /data/kafka/elsewhere /data/kafka/tls/node1");
}

TEST_F(NestedHostTest, StartsNothingWhereTheDataOfAMachineIsGone) {
  ASSERT_EQ(baker("run").exit_status, 0);
  baker("down");
  host_->sh("mv /data/kafka/node1 /data/kafka/elsewhere");
  EXPECT_THAT(up().all(), HasSubstr("machine \"kafka-node1\" needs /data/kafka/node1 of the host"));
  host_->sh("mv /data/kafka/elsewhere /data/kafka/node1");
}

// Whatever happened to it before.
TEST_F(NestedHostTest, IsGoneWithoutATraceButItsData) {
  baker("down");
  baker("destroy");
  host_->sh("rm -rf /data");
  const std::vector<std::string> before = host_->listing();
  ASSERT_EQ(up({"--set", "autostart=true"}).exit_status, 0);
  host_->sh("kill -9 $(systemctl show -P MainPID systemd-nspawn@kafka-node1.service)");

  const Outcome down = baker("down");
  EXPECT_EQ(down.exit_status, 0) << down.all();
  const Outcome destroyed = baker("destroy");
  EXPECT_EQ(destroyed.exit_status, 0) << destroyed.all();
  const std::vector<std::string> after = host_->listing();
  std::vector<std::string> different;
  std::ranges::set_symmetric_difference(before, after, std::back_inserter(different));
  EXPECT_THAT(different, IsEmpty());
  EXPECT_EQ(host_->sh("ls /data/kafka").out, "node1\nnode2\nnode3\ntls\n");
}

}  // namespace
}  // namespace baker::testing
