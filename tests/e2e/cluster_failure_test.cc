// What can go wrong with a cluster that runs, what the user is told, and the way back. Each test
// finds the cluster whole, and leaves it so; messages are sent and read while it happens.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

#include "tests/e2e/cluster_fixture.h"
#include "tests/e2e/traces.h"
#include "tests/support/kafka_load.h"
#include "tests/support/running_program.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKafkasUser = "uid=900,gid=900,mode=0750";

class ClusterFailureTest : public RunningCluster {
 protected:
  static void SetUpTestSuite() {
    Cluster::SetUpTestSuite();
    pipeline_ = patient_flagship();
  }
  void TearDown() override {
    if (!is_root()) return;
    umount2(small_disk().c_str(), MNT_DETACH);
    write_pipeline(pipeline_);
    if (HasFailure()) forget_cluster();
  }

  static KafkaLoadSettings load_settings() {
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    return {brokers(), test, 1000};
  }

  // The flagship with a setting in each node's server.properties.
  static std::string with_config(const std::string& setting) {
    const std::string before = "heap = \"${heap}\"\n";
    std::string pipeline = patient_flagship();
    return pipeline.insert(pipeline.find(before), "config = { " + setting + " }\n");
  }
  static std::string impatient(std::string pipeline) {
    const std::string deadline = "deadline = 180\n";
    return pipeline.replace(pipeline.find(deadline), deadline.size(), "deadline = 5\n");
  }
  // What the cluster runs from now on: the next test goes on with it, without a roll between.
  static void keep(const std::string& pipeline) {
    pipeline_ = pipeline;
    write_pipeline(pipeline_);
  }

  static void expect_none_lost(KafkaLoad& load) {
    EXPECT_TRUE(load.goes_on()) << load.complaint();
    const LoadFigures figures = load.finish();
    std::cout << text_of(figures) << std::endl;
    EXPECT_EQ(figures.acknowledged, figures.sent) << load.complaint();
    EXPECT_EQ(figures.failed + figures.lost + figures.duplicated + figures.out_of_order, 0)
        << text_of(figures);
  }

  static void kill_machine(const std::string& name) {
    kill_all_of(machine(name));
    std::string events = "populated 1";
    while (events.find("populated 1") != std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::ifstream stream(cgroup(name) / "cgroup.events");
      events = {std::istreambuf_iterator<char>(stream), {}};
    }
  }
  static void mount_small_disk() {
    const std::string size = "size=200m,";
    ASSERT_EQ(mount("none", small_disk().c_str(), "tmpfs", 0, (size + kKafkasUser).c_str()), 0);
  }
  static void begin_to_end(const std::string& name) { kill(std::stoi(init_of(name)), SIGKILL); }
  static fs::path small_disk() { return data() / "node3"; }
  // Waits for it.
  static bool is_in_journal(const std::string& name, const std::string& text) {
    const std::string look = "journalctl --boot --unit=kafka | grep --quiet '" + text + "'";
    return in(name, "for i in $(seq 120); do " + look + " && exit; sleep 0.5; done; exit 1")
               .exit_status == 0;
  }
  static std::string properties_of(const std::string& name) {
    return bench_->read("machines/" + machine(name) + "/etc/kafka/server.properties");
  }
  static int nodes_with(const std::string& setting) {
    int count = 0;
    for (const char* name : {"node1", "node2", "node3"})
      count += properties_of(name).find(setting) != std::string::npos;
    return count;
  }

  static inline std::string pipeline_;
};

TEST_F(ClusterFailureTest, AMachineThatIsKilledIsToldAndStartedAgain) {
  KafkaLoad load(load_settings());
  kill_machine("node2");
  EXPECT_THAT(status(), ContainsRegex(machine("node2") + " +stopped"));
  EXPECT_TRUE(load.goes_on()) << load.complaint();
  const Outcome started = up();
  EXPECT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out, HasSubstr("4 machines run, 1 started"));
  expect_none_lost(load);
}

TEST_F(ClusterFailureTest, AMachineThatEndsAgainIsNotWaitedFor) {
  kill_machine("node2");
  const RunningProgram starting(bench_->command_line(arguments("up", {"--start-with", "direct"})));
  ASSERT_TRUE(starting.says("cluster: waiting for")) << starting.said();
  begin_to_end("node2");
  EXPECT_TRUE(starting.says("machine " + machine("node2") + " ended while it was waited for"))
      << starting.said();

  // Nor are machines taken for running ones that have not quite gone yet.
  begin_to_end("node3");
  const Outcome started = up();
  EXPECT_EQ(started.exit_status, 0) << started.all();
  EXPECT_THAT(started.out, HasSubstr("4 machines run, 2 started"));
}

TEST_F(ClusterFailureTest, AnUpThatIsKilledInTheMiddleIsFinishedByTheNext) {
  KafkaLoad load(load_settings());
  keep(with_config(R"("num.io.threads" = "6")"));
  RunningProgram rolling(bench_->command_line(arguments("up", small({"--start-with", "direct"}))));
  ASSERT_TRUE(rolling.says(": started")) << rolling.said();
  rolling.kill();

  const Outcome finished = up();
  EXPECT_EQ(finished.exit_status, 0) << finished.all();
  EXPECT_THAT(finished.out, HasSubstr("2 replaced"));
  expect_none_lost(load);

  // It has come to its end: nothing is left to go back to.
  EXPECT_THAT(rollback().out, HasSubstr("no machine has an old tree to go back to"));
  EXPECT_THAT(names_in(bench_->machines()), Not(Contains(ContainsRegex("baker-(next|old)"))));
}

TEST_F(ClusterFailureTest, ABrokenConfigurationStopsAtTheFirstNodeAndIsTakenBack) {
  KafkaLoad load(load_settings());
  const std::string setting = "num.io.threads=0";
  write_pipeline(with_config(R"("num.io.threads" = "0")"));
  const Outcome stopped = up();
  EXPECT_EQ(stopped.exit_status, 1) << stopped.all();
  EXPECT_THAT(
      stopped.err,
      AllOf(ContainsRegex("kafka.service in machine " + machine("node[123]") + " ended 3 times"),
            HasSubstr("2 of 3 brokers registered (missing: 10.88.0.1"),
            ContainsRegex("the end of kafka's journal in machine " + machine("node[123]")),
            HasSubstr("num.io.threads"), HasSubstr("replacing machine"),
            ContainsRegex("`[^`]*baker rollback [^`]*` puts it back")));
  EXPECT_EQ(nodes_with(setting), 1);
  EXPECT_TRUE(load.goes_on()) << "two thirds keep serving; " << load.complaint();

  const Outcome back = rollback();
  EXPECT_EQ(back.exit_status, 0) << back.all();
  EXPECT_THAT(back.out, HasSubstr("1 machine"));
  EXPECT_EQ(nodes_with(setting), 0);
  expect_none_lost(load);

  write_pipeline(pipeline_);
  EXPECT_THAT(up().out, AllOf(HasSubstr("4 machines run"), Not(HasSubstr("replaced"))));
}

TEST_F(ClusterFailureTest, ACorrectedConfigurationMendsWhatABrokenOneStopped) {
  write_pipeline(with_config(R"("num.io.threads" = "0")"));
  EXPECT_EQ(up().exit_status, 1);

  keep(with_config(R"("num.io.threads" = "5")"));
  const Outcome whole = up();
  EXPECT_EQ(whole.exit_status, 0) << whole.all();
  EXPECT_THAT(whole.out,
              AllOf(HasSubstr("has not served since it was started: it is replaced first"),
                    HasSubstr("3 replaced")));
  EXPECT_EQ(nodes_with("num.io.threads=5"), 3);
}

TEST_F(ClusterFailureTest, ANodeWhoseDiskIsNotMountedIsNotFormatted) {
  kill_machine("node3");
  mount_small_disk();
  const Outcome refused = up();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("node 3 (" + machine("node3") + ") has served with its data in " +
                              small_disk().string() + ", and that folder is empty"),
                    HasSubstr("--allow empty-data")));
  EXPECT_TRUE(fs::is_empty(small_disk()));

  umount2(small_disk().c_str(), MNT_DETACH);
  const Outcome whole = up();
  EXPECT_EQ(whole.exit_status, 0) << whole.all();
}

TEST_F(ClusterFailureTest, ANodeWhoseDiskIsFullIsToldWhileTheOthersServe) {
  // It gets a new and small disk, which is empty at first: it copies what the others have.
  kill_machine("node3");
  mount_small_disk();
  fs::create_directory(small_disk() / "lost+found");
  const Outcome started = up({"--allow", "empty-data"});
  ASSERT_EQ(started.exit_status, 0) << started.all();

  KafkaLoad load(load_settings());
  const fs::path filler = small_disk() / "filler";
  run_program({"dd", "if=/dev/zero", "of=" + filler.string(), "bs=64k"});
  ASSERT_TRUE(is_in_journal("node3", "No space left on device"));
  write_pipeline(impatient(pipeline_));
  const Outcome failed = up();
  EXPECT_EQ(failed.exit_status, 1) << failed.all();
  EXPECT_THAT(failed.err, HasSubstr("the file system of " + small_disk().string() + " is full"));
  EXPECT_TRUE(load.goes_on()) << load.complaint();

  fs::remove(filler);
  write_pipeline(pipeline_);
  const Outcome whole = up();
  EXPECT_EQ(whole.exit_status, 0) << whole.all();
  // A leader whose disk fills up may refuse messages; what was acknowledged is there.
  const LoadFigures figures = load.finish();
  EXPECT_EQ(figures.lost + figures.duplicated + figures.out_of_order, 0) << text_of(figures);

  // And its old disk again, which has missed what happened since.
  kill_machine("node3");
  umount2(small_disk().c_str(), MNT_DETACH);
  EXPECT_THAT(up().err, HasSubstr("has other data of node 3"));
  EXPECT_EQ(up({"--allow", "empty-data"}).exit_status, 0);
}

TEST_F(ClusterFailureTest, APortThatIsTakenIsTold) {
  const Outcome taken = in("node1",
                           "systemctl stop kafka && systemd-run --quiet --unit=squatter "
                           "systemd-socket-activate --accept "
                           "--listen=9092 /bin/true && systemctl start --no-block kafka");
  ASSERT_EQ(taken.exit_status, 0) << taken.all();
  ASSERT_TRUE(is_in_journal("node1", "Address already in use"));
  write_pipeline(impatient(pipeline_));
  const Outcome failed = up();
  EXPECT_EQ(failed.exit_status, 1) << failed.all();
  EXPECT_THAT(failed.err,
              AllOf(HasSubstr("the end of kafka's journal in machine " + machine("node1")),
                    HasSubstr("Address already in use")));

  EXPECT_EQ(in("node1", "systemctl stop squatter").exit_status, 0);
  write_pipeline(pipeline_);
  const Outcome whole = up();
  EXPECT_EQ(whole.exit_status, 0) << whole.all();
}

}  // namespace
}  // namespace baker::testing
