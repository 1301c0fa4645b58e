// Plugins that misbehave, and commands that fail: each costs its own stage, tells why, and leaves
// no mount, no process and no half-written output.
#include <gmock/gmock.h>
#include <linux/capability.h>

#include <filesystem>

#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RunnerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  Outcome bake(const std::string& stages, std::vector<std::string> options = {}) {
    bench_.write("p.toml", "[pipeline]\nname = \"runner-test\"\n" + stages);
    std::filesystem::create_directories(bench_.path() / "plugins");
    options.insert(options.begin(),
                   {"run", "p.toml", "--plugin-dir", (bench_.path() / "plugins").string(),
                    "--plugin-dir", BAKER_TEST_PLUGINS});
    return bench_.baker(options);
  }
  // A stage that misbehaves, and one beside it that must not suffer.
  Outcome misbehave(const std::string& how, int timeout_s = 60) {
    const Outcome baked = bake(
        "[stage.other]\nuses = \"files\"\n[stage.bad]\nuses = \"misbehave\"\n"
        "timeout = " +
        std::to_string(timeout_s) + "\nhow = \"" + how + "\"\n");
    expect_nothing_left();
    return baked;
  }
  void expect_nothing_left() {
    EXPECT_THAT(mounts_below(bench_.path()), IsEmpty());
    EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
  }
  static void expect_failed(const Outcome& baked, const std::string& message) {
    EXPECT_EQ(baked.exit_status, 1);
    EXPECT_THAT(baked.err, HasSubstr("stage bad: " + message));
  }

  const Workbench bench_;
};

TEST_F(RunnerTest, APluginThatCrashes) {
  const Outcome baked = misbehave("crash");
  expect_failed(baked, "the plugin crashed: SIGSEGV");
  EXPECT_THAT(baked.err, HasSubstr("\n  about to misbehave\n")) << "what it printed last is shown";
}

TEST_F(RunnerTest, APluginThatAborts) {
  expect_failed(misbehave("abort"), "the plugin crashed: SIGABRT");
}

TEST_F(RunnerTest, APluginThatHangs) {
  expect_failed(misbehave("hang", 1),
                "it did not end within 1 seconds and was stopped (`timeout` of the stage says how "
                "long it may take)");
}

TEST_F(RunnerTest, APluginThatThrows) {
  expect_failed(misbehave("throw"), "the moon is full");
}

TEST_F(RunnerTest, APluginThatThrowsALongMessageFillsNoScreen) {
  const Outcome baked = misbehave("throw-a-lot");
  expect_failed(baked, "xxx");
  EXPECT_THAT(baked.err, HasSubstr("the rest of a long message is left out"));
  EXPECT_LT(baked.err.size(), 1u << 16);
}

TEST_F(RunnerTest, APluginThatThrowsWhatIsNoException) {
  expect_failed(misbehave("throw-a-number"),
                "the stage threw something that is not an exception of the standard library");
}

TEST_F(RunnerTest, APluginThatTellsTheEngineNonsense) {
  expect_failed(misbehave("tell-nonsense"),
                "its plugin reported something that baker can't read: {\"event\": 7}");
}

TEST_F(RunnerTest, APluginThatTellsTheEngineSomethingWithoutEnd) {
  EXPECT_THAT(misbehave("tell-without-end").err,
              HasSubstr("its plugin reported something that baker can't read: xxx"));
}

TEST_F(RunnerTest, APluginThatPrintsALotFillsNoDisk) {
  const Outcome baked = misbehave("print-a-lot");
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  const std::string log =
      bench_.baker({"log", "p.toml", "bad", "--plugin-dir", BAKER_TEST_PLUGINS}).out;
  EXPECT_LT(log.size(), 2u << 20);
  EXPECT_THAT(log, HasSubstr("the rest of a long log is left out"));
}

// What a layer is made from stands in its key, and the caller's environment does not.
TEST_F(RunnerTest, APluginThatBakesSeesNothingOfTheCallersEnvironment) {
  bench_.write("p.toml",
               "[pipeline]\nname = \"runner-test\"\n"
               "[stage.it]\nuses = \"misbehave\"\nhow = \"look-around\"\n");
  const Outcome baked =
      bench_.baker({"run", "p.toml", "--verbose", "--plugin-dir", BAKER_TEST_PLUGINS},
                   {{"BAKER_TEST_SECRET", "1"}});
  EXPECT_THAT(baked.out, HasSubstr("it is kept\n")) << baked.all();
}

TEST_F(RunnerTest, APluginCannotWriteToAMountBelowWhatItIsShownOfTheHost) {
  bench_.write("p.toml",
               "[pipeline]\nname = \"runner-test\"\n"
               "[stage.bad]\nuses = \"misbehave\"\nhow = \"write-to-the-host\"\n");
  const Outcome baked = run_program(
      after_in_its_namespace(
          "mount -t tmpfs none /usr/lib/tmpfiles.d",
          bench_.command_line({"run", "p.toml", "--verbose", "--plugin-dir", BAKER_TEST_PLUGINS})),
      {}, bench_.path());
  EXPECT_THAT(baked.out, HasSubstr("it is refused")) << baked.all();
}

TEST_F(RunnerTest, InAChrootAStageStandsOnAnother) {
  bench_.write("p.toml",
               "[pipeline]\nname = \"runner-test\"\n[stage.one]\nuses = \"files\"\n"
               "files = { \"/one\" = { content = \"\" } }\n[stage.two]\nuses = \"files\"\n"
               "from = \"one\"\nfiles = { \"/two\" = { content = \"\" } }\n");
  std::vector<std::string> inside = {"chroot", "inside"};
  for (const std::string& word : bench_.command_line({"run", (bench_.path() / "p.toml").string()}))
    inside.push_back(word);
  const Outcome baked = run_program(
      after_in_its_namespace("mkdir inside && mount --rbind / inside", inside), {}, bench_.path());
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(RunnerTest, WhatFailsBesideTheFirstIsToldToo) {
  const Outcome baked = bake(
      "[stage.bad]\nuses = \"misbehave\"\nhow = \"throw\"\n"
      "[stage.worse]\nuses = \"misbehave\"\nhow = \"abort\"\n",
      {"--jobs", "2"});
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.err, ContainsRegex("baker: stage (bad: the moon is full|worse: the plugin "
                                       "crashed: SIGABRT)\n"));
  EXPECT_THAT(baked.err, ContainsRegex("\nalso failed: stage (bad: the moon is full|worse: the "
                                       "plugin crashed: SIGABRT)\n"));
  EXPECT_THAT(baked.all(), ContainsRegex("stage (bad|worse) failed \\(the .*\\); what runs is let "
                                         "finish: (bad|worse)\n"));
}

// Nobody's child is left, and nobody waits for it.
TEST_F(RunnerTest, AProcessThatAProbeLeavesBehindEndsWithIt) {
  bench_.write("p.toml",
               "[pipeline]\nname = \"runner-test\"\n"
               "[stage.linger]\nuses = \"linger\"\ntimeout = 60\n");
  const Outcome up =
      bench_.baker({"up", "p.toml", "--start-with", "direct", "--plugin-dir", BAKER_TEST_PLUGINS});
  EXPECT_EQ(up.exit_status, 0) << up.all();
  const size_t at = up.out.find("left process ");
  ASSERT_NE(at, std::string::npos) << up.all();
  const std::string pid = std::to_string(std::stoi(up.out.substr(at + 13)));
  EXPECT_FALSE(std::filesystem::exists("/proc/" + pid));
}

TEST_F(RunnerTest, APluginThatEndsTheProcess) {
  expect_failed(misbehave("exit"),
                "the plugin ended its process, with status 0, instead of returning");
}

TEST_F(RunnerTest, AProcessThatAStageLeavesBehindEndsWithIt) {
  const Outcome baked = misbehave("leave-a-process");
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(RunnerTest, AFailedStageIsNotKeptOpenByAProcessThatItLeftBehind) {
  expect_failed(misbehave("fail-and-leave-a-process"), "gone away");
}

TEST_F(RunnerTest, AStageThatFailsLeavesOthersAloneAndNothingOfItsOwn) {
  misbehave("crash");
  EXPECT_EQ(names_in(bench_.cache() / "layers").size(), 1U) << "of the other stage";
  EXPECT_EQ(names_in(bench_.cache() / "actions").size(), 1U);
}

TEST_F(RunnerTest, WhatAPluginSaysIsMadeFitForATerminal) {
  const Outcome baked = misbehave("throw-an-escape");
  expect_failed(baked, "it is \xEF\xBF\xBD red\n");
}

TEST_F(RunnerTest, APluginOfAnotherVersionOfTheInterface) {
  expect_failed(bake("[stage.bad]\nuses = \"from-the-future\"\n"),
                "plugin from-the-future.so uses version 99 of the plugin interface, this baker "
                "uses version 1: build the plugin again with this baker's SDK");
  expect_nothing_left();
}

TEST_F(RunnerTest, AFileThatIsNoPlugin) {
  bench_.write("plugins/junk.stage.toml", "kind = \"layer\"\nsummary = \"Junk.\"\n");
  bench_.write("plugins/junk.so", "junk");
  expect_failed(bake("[stage.bad]\nuses = \"junk\"\n"), "plugin junk.so can't be loaded: ");
  expect_nothing_left();
}

TEST_F(RunnerTest, AScriptThatLooksForTheNetworkIsToldThatThereIsNone) {
  const Outcome baked =
      bake(tiny_root("base") +
           "[stage.bad]\nuses = \"script\"\nfrom = \"base\"\n"
           "run = 'echo \"curl: (6) Could not resolve host: example.invalid\"; exit 6'\n");
  EXPECT_THAT(baked.err, AllOf(HasSubstr("a stage has no network while it bakes"),
                               HasSubstr("a stage of type `apt`")));
}

TEST_F(RunnerTest, ADescriptorWithoutItsPlugin) {
  bench_.write("plugins/lonely.stage.toml", "kind = \"layer\"\nsummary = \"Lonely.\"\n");
  const Outcome baked = bake("[stage.bad]\nuses = \"lonely\"\n");
  EXPECT_EQ(baked.exit_status, 2);
  EXPECT_THAT(baked.err, HasSubstr("stage type \"lonely\" has a descriptor but no plugin: "));
}

TEST_F(RunnerTest, ADescriptorWithMistakes) {
  bench_.write("plugins/odd.stage.toml", "knd = \"layer\"\n[option.a]\ntype = \"strin\"\n");
  const Outcome baked = bake("[stage.bad]\nuses = \"odd\"\n");
  EXPECT_EQ(baked.exit_status, 2);
  EXPECT_THAT(baked.err, AllOf(HasSubstr("odd.stage.toml:1:1: unknown key \"knd\" in the "
                                         "descriptor (did you mean \"kind\"?)"),
                               HasSubstr("odd.stage.toml:3:1: unknown option type \"strin\" (did "
                                         "you mean \"string\"?)")));
}

TEST_F(RunnerTest, AFailingCommandIsToldWithItsLastLinesAndItsLogIsKept) {
  auto stages = [](const std::string& last) {
    return tiny_root("base") +
           "[stage.bad]\nuses = \"script\"\nfrom = \"base\"\n"
           "run = 'i=1; while [ $i -le 30 ]; do echo \"line $i\"; i=$((i+1)); done; " +
           last + "'\n";
  };
  const Outcome baked = bake(stages("exit 7"));
  EXPECT_EQ(baked.exit_status, 1);
  const std::string log = "state/runner-test/logs/bad.log";
  EXPECT_THAT(baked.err, AllOf(HasSubstr("ended with exit status 7\n"), Not(HasSubstr("line 10\n")),
                               HasSubstr("\n  line 11\n"), HasSubstr("\n  line 30\n"),
                               HasSubstr("the whole log is " + (bench_.path() / log).string() +
                                         ", and printed by: "),
                               HasSubstr("baker log p.toml bad --plugin-dir ")));
  const Outcome told = bench_.baker({"log", "p.toml", "bad"});
  EXPECT_THAT(told.out, AllOf(HasSubstr("line 1\n"), HasSubstr("line 30\n")));
  EXPECT_EQ(told.out, bench_.read(log));
  expect_nothing_left();

  const Outcome mended = bake(stages("echo mended"));
  ASSERT_EQ(mended.exit_status, 0) << mended.all();
  EXPECT_THAT(bench_.baker({"log", "p.toml", "bad"}).out, HasSubstr("line 30\nmended\n"))
      << "of the bake that went well";
}

TEST_F(RunnerTest, AnExitStatusAboveTheSignalsIsOne) {
  expect_failed(bake(tiny_root("base") +
                     "[stage.bad]\nuses = \"script\"\nfrom = \"base\"\nrun = 'exit 255'\n"),
                "command \"/bin/sh\" ended with exit status 255");
}

TEST_F(RunnerTest, ACommandCannotChangeTheHostsSettings) {
  const std::string setting = "/proc/sys/kernel/printk_ratelimit_burst";
  const std::string before = run_program({"cat", setting}).out;
  const Outcome baked =
      bake(tiny_root("base") + "[stage.bad]\nuses = \"script\"\nfrom = \"base\"\nrun = 'echo " +
           std::to_string(std::stoi(before) + 1) + " > " + setting + "'\n");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.err, HasSubstr("Read-only file system"));
  EXPECT_EQ(run_program({"cat", setting}).out, before);
}

TEST_F(RunnerTest, ACommandSeesTheSameHostNameOnEveryHost) {
  const Outcome baked =
      bake(tiny_root("base") +
               "[stage.name]\nuses = \"script\"\nfrom = \"base\"\n"
               "run = 'read -r name < /proc/sys/kernel/hostname; echo \"it is $name\"'\n",
           {"--verbose"});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.out, HasSubstr("it is localhost\n"));
}

TEST_F(RunnerTest, ACommandHasNoPowerOverMounts) {
  const Outcome baked =
      bake(tiny_root("base") +
               "[stage.capabilities]\nuses = \"script\"\nfrom = \"base\"\n"
               "run = 'while read -r line; do echo \"$line\"; done < /proc/self/status'\n",
           {"--verbose"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const size_t effective = baked.out.find("CapEff:");
  ASSERT_NE(effective, std::string::npos) << baked.all();
  const auto capabilities = std::stoull(baked.out.substr(effective + 8), nullptr, 16);
  EXPECT_EQ(capabilities & (1ULL << CAP_SYS_ADMIN), 0U);
  EXPECT_NE(capabilities & (1ULL << CAP_CHOWN), 0U);
}

TEST_F(RunnerTest, WhereACommandsOwnFoldersAreMountedLeavesNoTraceInTheLayer) {
  const Outcome baked =
      bake(tiny_root("base") + "[stage.nothing]\nuses = \"script\"\nfrom = \"base\"\nrun = ''\n");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.out, HasSubstr("nothing: baked"));
  for (const std::string& layer : names_in(bench_.cache() / "layers")) {
    EXPECT_FALSE(std::filesystem::exists(bench_.cache() / "layers" / layer / "tree/proc"));
    EXPECT_FALSE(std::filesystem::exists(bench_.cache() / "layers" / layer / "tree/dev"));
  }
}

}  // namespace
}  // namespace baker::testing
