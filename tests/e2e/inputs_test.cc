// What a stage reads is what its key says, whatever happens to the files meanwhile.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/tiny_root.h"
#include "tests/support/running_program.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class InputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }
  // A stage `it` that runs a script with the input `in`, in a root that has a shell and ls.
  void write_pipeline(const std::string& script, const std::string& more = "") const {
    bench_.write("p.toml", "[pipeline]\nname = \"inputs-test\"\n" + tiny_root("base") +
                               "[stage.it]\nuses = \"script\"\nfrom = \"base\"\n" + more +
                               "inputs = { in = \"in\" }\nrun = '" + script + "'\n");
  }
  Outcome run() const { return bench_.baker({"run", "p.toml"}); }
  std::string made(const std::string& file) const {
    return run_program({"cat", bench_.layer_of("p.toml", "it") / file}).out;
  }

  Workbench bench_;
};

TEST_F(InputsTest, AFileThatIsEditedWhileItsStageRunsIsReadAsItWas) {
  bench_.write("in", "old\n");
  write_pipeline(
      "echo begun; n=0; while test $n -lt 300000; do n=$((n + 1)); done; "
      "read -r line < /run/baker/inputs/in; echo $line > /made");
  const RunningProgram baking(bench_.command_line({"run", "p.toml", "--verbose"}), bench_.path());
  ASSERT_TRUE(baking.says("begun")) << baking.said();
  bench_.write("in", "new\n");
  ASSERT_TRUE(baking.says("next: ")) << baking.said();
  EXPECT_EQ(made("made"), "old\n");
  EXPECT_THAT(run().out, HasSubstr("it: baking (input in changed)"));
  EXPECT_EQ(made("made"), "new\n");
}

TEST_F(InputsTest, AFileThatIsEditedBeforeItsStageBeginsCountsAsItIsThen) {
  bench_.write("in", "old\n");
  bench_.write("p.toml",
               "[pipeline]\nname = \"inputs-test\"\n" + tiny_root("base") +
                   "[stage.slow]\nuses = \"script\"\nfrom = \"base\"\n"
                   "run = 'echo begun; n=0; while test $n -lt 300000; do n=$((n + 1)); done'\n"
                   "[stage.it]\nuses = \"files\"\nfrom = \"slow\"\n"
                   "files = { \"/made\" = { source = \"in\" } }\n");
  const RunningProgram baking(bench_.command_line({"run", "p.toml", "--verbose"}), bench_.path());
  ASSERT_TRUE(baking.says("begun")) << baking.said();
  bench_.write("in", "new\n");
  ASSERT_TRUE(baking.says("next: ")) << baking.said();
  EXPECT_EQ(made("made"), "new\n");
  EXPECT_THAT(run().out, HasSubstr("nothing to do"));
}

TEST_F(InputsTest, AScriptSeesNothingOfAFileButWhatCounts) {
  bench_.write("in", "x\n");
  ASSERT_EQ(chown((bench_.path() / "in").c_str(), 1000, 1000), 0);
  ASSERT_EQ(chmod((bench_.path() / "in").c_str(), 0600), 0);
  write_pipeline(
      "test -O /run/baker/inputs/in && test ! -x /run/baker/inputs/in && echo ok > /made");
  const Outcome baked = run();
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(made("made"), "ok\n");

  ASSERT_EQ(chown((bench_.path() / "in").c_str(), 0, 0), 0);
  ASSERT_EQ(chmod((bench_.path() / "in").c_str(), 0644), 0);
  EXPECT_THAT(run().out, HasSubstr("nothing to do"));
}

TEST_F(InputsTest, WhatIsNotKeptOfAFolderIsSaidInOneLine) {
  bench_.write("in/a", "x\n");
  fs::create_hard_link(bench_.path() / "in/a", bench_.path() / "in/b");
  write_pipeline("echo x > /made");
  EXPECT_THAT(run().err, HasSubstr("input \"in\": not kept: 1 hard link (`preserve = true`"));
}

TEST_F(InputsTest, AFolderIsKeptAsItIsWhereTheStageSaysSo) {
  bench_.write("in/a", "x\n");
  fs::create_hard_link(bench_.path() / "in/a", bench_.path() / "in/b");
  ASSERT_EQ(chown((bench_.path() / "in/a").c_str(), 33, 7), 0);
  ASSERT_EQ(chmod((bench_.path() / "in/a").c_str(), 04750), 0);
  ASSERT_EQ(chmod((bench_.path() / "in").c_str(), 0711), 0);
  bench_.write("p.toml",
               "[pipeline]\nname = \"inputs-test\"\n[stage.it]\nuses = \"files\"\npreserve = true\n"
               "files = { \"/srv\" = { source = \"in\" } }\n");
  const Outcome baked = run();
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  struct stat file {
  }, folder{};
  ASSERT_EQ(stat((bench_.layer_of("p.toml", "it") / "srv/a").c_str(), &file), 0);
  ASSERT_EQ(stat((bench_.layer_of("p.toml", "it") / "srv").c_str(), &folder), 0);
  EXPECT_EQ(file.st_mode & 07777U, 04750U);
  EXPECT_EQ(file.st_uid, 33U);
  EXPECT_EQ(file.st_gid, 7U);
  EXPECT_EQ(file.st_nlink, 2U);
  EXPECT_EQ(folder.st_mode & 07777U, 0711U);

  ASSERT_EQ(chmod((bench_.path() / "in/a").c_str(), 0640), 0);
  EXPECT_THAT(run().out, HasSubstr("1 stage baked"));
}

TEST_F(InputsTest, AFolderThatIsThereKeepsItsModeWhereFilesAreCopiedIntoIt) {
  bench_.write("in/tmp/a", "x\n");
  ASSERT_EQ(chmod((bench_.path() / "in/tmp").c_str(), 0700), 0);
  bench_.write("p.toml",
               "[pipeline]\nname = \"inputs-test\"\n[stage.it]\nuses = \"files\"\n"
               "directories = { \"/tmp\" = { mode = \"1777\" } }\n"
               "files = { \"/\" = { source = \"in\" } }\n");
  ASSERT_EQ(run().exit_status, 0);
  struct stat folder {};
  ASSERT_EQ(stat((bench_.layer_of("p.toml", "it") / "tmp").c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 07777U, 01777U);
}

TEST_F(InputsTest, HolesAreNeitherReadNorWritten) {
  bench_.write("in", "x");
  fs::resize_file(bench_.path() / "in", 300UL << 30);
  bench_.write("p.toml",
               "[pipeline]\nname = \"inputs-test\"\n[stage.it]\nuses = \"files\"\n"
               "files = { \"/f\" = { source = \"in\" } }\n");
  const Outcome baked = run();
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  struct stat file {};
  ASSERT_EQ(stat((bench_.layer_of("p.toml", "it") / "f").c_str(), &file), 0);
  EXPECT_EQ(file.st_size, 300L << 30);
  EXPECT_LT(file.st_blocks * 512, 1 << 20);
}

// A bit flips in what was downloaded; the file is made again, and nothing is baked of what it is.
TEST_F(InputsTest, PinnedContentThatIsDamagedIsFetchedAgain) {
  const fs::path tree = bench_.path() / "tree";
  bench_.write("tree/etc/motd", "right\n");
  ASSERT_EQ(run_program({"tar", "-C", tree, "-cf", bench_.path() / "base.tar", "."}).exit_status,
            0);
  bench_.write("p.toml",
               "[pipeline]\nname = \"inputs-test\"\n[stage.it]\nuses = \"rootfs\"\n"
               "sources = [{ tar = \"base.tar\" }]\n");
  ASSERT_EQ(run().exit_status, 0);
  ASSERT_EQ(run_program({"sh", "-c",
                         "sed -i s/right/wrong/ cache/downloads/sha256-* && rm -r "
                         "cache/layers/* cache/actions/*"},
                        {}, bench_.path())
                .exit_status,
            0);
  const Outcome again = run();
  ASSERT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.err, HasSubstr("is damaged: it is fetched again"));
  EXPECT_EQ(made("etc/motd"), "right\n");
}

}  // namespace
}  // namespace baker::testing
