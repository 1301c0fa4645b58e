// Stages that other hosts bake, and what becomes of them when such a host can't.
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "tests/e2e/tiny_root.h"
#include "tests/support/remote_servers.h"
#include "tests/support/slurm_cluster.h"
#include "tests/support/ssh_worker.h"
#include "tests/support/waiting.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StagesElsewhereTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    registry_ = std::make_unique<CacheRegistry>(folder("registry"));
    write_pipeline(4);
    ASSERT_EQ(
        run_program({"env", environment(), bench_.command_line({"remote"})[0], "remote", "key"})
            .exit_status,
        0);
  }
  fs::path folder(const std::string& name) const { return bench_.path() / name; }
  std::string environment() const { return "BAKER_REMOTE_KEY=" + folder("remote.key").string(); }
  // A base, stages beside each other that read an input, and a last one on one of them.
  void write_pipeline(int count, const std::string& run =
                                     "read -r word < /run/baker/inputs/in; echo "
                                     "$word > /made") const {
    bench_.write("in", "a word\n");
    std::string text = "[pipeline]\nname = \"elsewhere\"\n" + tiny_root("base");
    for (int i = 1; i <= count; ++i)
      text += "[stage.s" + std::to_string(i) + "]\nuses = \"script\"\nfrom = \"base\"\n" +
              "inputs = { in = \"in\" }\nrun = 'echo " + std::to_string(i) + " > /number; " + run +
              "'\n";
    text +=
        "[stage.last]\nuses = \"files\"\nfrom = \"s1\"\nfiles = { \"/last\" = { content = \"x\" } "
        "}\n";
    bench_.write("p.toml", text);
    bench_.write("p.lock.toml", "format = 1\nsource-date-epoch = 1700000000\n");
  }
  std::vector<std::string> command(const std::string& hosts) const {
    std::vector<std::string> words = {"env", environment()};
    for (const std::string& word : bench_.command_line(
             {"run", "p.toml", "--verbose", "--remote", registry_->url(), "--on", hosts}))
      words.push_back(word);
    return words;
  }
  static std::vector<std::string> on(const SlurmCluster& cluster,
                                     const std::vector<std::string>& command) {
    std::vector<std::string> words = {"env"};
    for (const auto& [name, value] : cluster.environment()) words.push_back(name + "=" + value);
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  Outcome run(const std::string& hosts, const std::vector<const SshWorker*>& workers) const {
    return run_program(with_workers(workers, command(hosts)), {}, bench_.path());
  }
  static void expect_nothing_left_on(const SshWorker& worker) {
    for (const char* each : {"tmp", "downloads"}) {
      if (!fs::exists(worker.cache() / each)) continue;
      for (const auto& entry : fs::directory_iterator(worker.cache() / each))
        EXPECT_EQ(entry.path().filename(), "partial") << entry.path();
    }
  }

  Workbench bench_;
  std::unique_ptr<CacheRegistry> registry_;
};

TEST_F(StagesElsewhereTest, AreBakedByHostsThatSshReaches) {
  write_pipeline(8);
  const SshWorker one(folder("one"), "one"), two(folder("two"), "two");
  const Outcome baked = run("ssh:one,two", {&one, &two});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.out, HasSubstr("10 stages baked"));
  for (const SshWorker* worker : {&one, &two}) {
    EXPECT_THAT(worker->asked(), HasSubstr("worker run")) << worker->name() << baked.all();
    expect_nothing_left_on(*worker);
  }
  // They are what this host would have baked.
  EXPECT_EQ(run_program({"cat", bench_.layer_of("p.toml", "s3") / "made"}).out, "a word\n");
  fs::rename(bench_.cache(), folder("cache-of-workers"));
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  std::set<std::string> here, there;
  for (const auto& entry : fs::directory_iterator(bench_.cache() / "layers"))
    here.insert(entry.path().filename());
  for (const auto& entry : fs::directory_iterator(folder("cache-of-workers") / "layers"))
    there.insert(entry.path().filename());
  EXPECT_EQ(here, there);
}

TEST_F(StagesElsewhereTest, FailAsTheyWouldHere) {
  write_pipeline(1, "echo said before; exit 7");
  const SshWorker one(folder("one"), "one");
  const Outcome failed = run("ssh:one", {&one});
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err,
              AllOf(HasSubstr("stage s1"), HasSubstr("exit status 7"), HasSubstr("said before")));
  EXPECT_THAT(bench_.baker({"log", "p.toml", "s1"}).out, HasSubstr("said before"));
  expect_nothing_left_on(one);
}

TEST_F(StagesElsewhereTest, ThatWaitForAHostAreNotBegunOnceAnotherHasFailed) {
  write_pipeline(4, "exit 7");
  const SshWorker one(folder("one"), "one");
  const Outcome failed = run("ssh:one", {&one});
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err, HasSubstr("exit status 7"));
}

TEST_F(StagesElsewhereTest, AreBakedHereWhereNoHostIsReached) {
  SshWorker one(folder("one"), "one");
  one.kill();
  const Outcome baked = run("ssh:one", {&one});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(),
              AllOf(HasSubstr("6 stages baked"), HasSubstr("one could not bake stage")));
}

TEST_F(StagesElsewhereTest, GoToAnotherHostWhereOneDies) {
  write_pipeline(2, "echo begun; n=0; while test $n -lt 3000000; do n=$((n + 1)); done");
  SshWorker one(folder("one"), "one");
  const SshWorker two(folder("two"), "two");
  const RunningProgram baking(with_workers({&one, &two}, command("ssh:one,two")), bench_.path());
  for (const char* stage : {"s1 | begun", "s2 | begun"})
    ASSERT_TRUE(baking.says(stage)) << baking.said();
  one.kill();
  EXPECT_TRUE(baking.says("4 stages baked")) << baking.said();
  EXPECT_THAT(baking.said(), HasSubstr("one could not bake stage"));
}

TEST_F(StagesElsewhereTest, GoToAnotherHostWhereOneHasNoRoom) {
  const std::string small = (folder("one") / "small").string();
  const SshWorker one(folder("one"), "one",
                      "exec unshare -m sh -c 'mkdir -p " + small +
                          " && mount -t tmpfs -o size=512k none " + small +
                          " && exec \"$0\" \"$@\" --cache-dir " + small + "' " +
                          bench_.command_line({"remote"})[0] + " \"$@\"");
  const SshWorker two(folder("two"), "two");
  const Outcome baked = run("ssh:one,two", {&one, &two});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("6 stages baked"), HasSubstr("one could not bake stage"),
                                 HasSubstr("there is no room for it")));
}

TEST_F(StagesElsewhereTest, AreBakedByAHostThatGreetsWhoeverLogsIn) {
  const SshWorker one(folder("one"), "one", "echo Welcome; printf 'no end of line'; true");
  const Outcome baked = run("ssh:one", {&one});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("6 stages baked"), Not(HasSubstr("could not bake"))));
}

TEST_F(StagesElsewhereTest, AreNotSentToAnotherBuildOfTheirPlugins) {
  const SshWorker one(folder("one"), "one",
                      "export BAKER_PLUGIN_PATH=" + folder("other-plugins").string());
  fs::create_directories(folder("other-plugins"));
  for (const char* type : {"files", "script"}) {
    const fs::path from = fs::path(BAKER_STAGE_PLUGINS);
    fs::copy(from / (std::string(type) + ".stage.toml"), folder("other-plugins"));
    fs::copy(from / (std::string(type) + ".so"), folder("other-plugins"));
    std::ofstream(folder("other-plugins") / (std::string(type) + ".so"), std::ios::app) << "x";
  }
  const Outcome baked = run("ssh:one", {&one});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), HasSubstr("is another build than the builder's"));
}

TEST_F(StagesElsewhereTest, AreBakedAsJobsOfSlurm) {
  const SlurmCluster cluster(folder("slurm"), 2);
  const Outcome baked = run_program(command("slurm:main"), cluster.environment(), bench_.path());
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("6 stages baked"), Not(HasSubstr("could not bake"))));
  EXPECT_TRUE(fs::exists(cluster.cache("n1")) && fs::exists(cluster.cache("n2"))) << baked.all();
  EXPECT_EQ(cluster.jobs(), "");
}

TEST_F(StagesElsewhereTest, AreBakedHereWhereSlurmHasNoSuchPartition) {
  const SlurmCluster cluster(folder("slurm"), 1);
  const Outcome baked = run_program(command("slurm:nights"), cluster.environment(), bench_.path());
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("6 stages baked"), HasSubstr("nvalid partition")));
}

TEST_F(StagesElsewhereTest, AreBakedAnewWhereSlurmTakesTheirNodeAway) {
  write_pipeline(1, "echo begun; n=0; while test $n -lt 2000000; do n=$((n + 1)); done");
  const SlurmCluster cluster(folder("slurm"), 1);
  const RunningProgram baking(on(cluster, command("slurm:main")), bench_.path());
  ASSERT_TRUE(baking.says("| begun")) << baking.said();
  cluster.take_all_nodes();
  EXPECT_TRUE(baking.says("3 stages baked")) << baking.said();
  EXPECT_THAT(baking.said(), HasSubstr("slurm could not bake stage s1"));
  EXPECT_EQ(cluster.jobs(), "");
}

TEST_F(StagesElsewhereTest, LeaveNoJobBehindWhereTheUserInterrupts) {
  write_pipeline(3, "echo begun; n=0; while test $n -lt 9000000; do n=$((n + 1)); done");
  const SlurmCluster cluster(folder("slurm"), 2);
  const RunningProgram baking(on(cluster, command("slurm")), bench_.path());
  ASSERT_TRUE(baking.says("| begun")) << baking.said();
  baking.signal(SIGINT);
  EXPECT_TRUE(baking.says("interrupted")) << baking.said();
  EXPECT_TRUE(comes_true([&] { return cluster.jobs().empty(); })) << cluster.jobs();
}

TEST_F(StagesElsewhereTest, NeedASharedCacheAndAKey) {
  const Outcome without = bench_.baker({"run", "p.toml", "--on", "ssh:one"});
  EXPECT_EQ(without.exit_status, 2);
  EXPECT_THAT(without.err, HasSubstr("no shared cache is set"));
  for (const char* wrong : {"ssh:", "ssh:a,a", "ssh:-oProxyCommand=x", "slurm:", "nomad"}) {
    const Outcome refused =
        bench_.baker({"run", "p.toml", "--remote", registry_->url(), "--on", wrong});
    EXPECT_EQ(refused.exit_status, 2) << wrong << refused.all();
  }
}

}  // namespace
}  // namespace baker::testing
