// A disk that changes what it holds: it is found, named, taken out of use, and baked again.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/http_server.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class VerifyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    make_tarball(publisher_.path() / "base.tar", {{"etc/os-release", "ID=debian\n"}});
    bench_.write(
        "p.toml",
        "[pipeline]\nname = \"flips\"\n[stage.base]\nuses = \"rootfs\"\nsources = [{ url = \"" +
            server_.url("base.tar") + "\", sha256 = \"" +
            sha256_of(publisher_.path() / "base.tar") +
            "\" }]\n[stage.greeting]\nuses = \"files\"\nfrom = \"base\"\n"
            "[stage.greeting.files]\n\"/etc/motd\" = { content = \"hello\" }\n"
            "\"/bin/run\" = { content = \"run\", mode = \"0755\" }\n"
            "[stage.m]\nuses = \"snapshot\"\nfrom = \"greeting\"\nmachine = \"flip" +
            process_tag() + "\"\n");
    run({"--place", "copy"});
  }
  void TearDown() override { bench_.baker({"destroy", "p.toml"}); }

  std::string run(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> command = {"run", "p.toml"};
    command.insert(command.end(), options.begin(), options.end());
    const Outcome outcome = bench_.baker(command);
    EXPECT_EQ(outcome.exit_status, 0) << outcome.all();
    return outcome.out;
  }
  Outcome verify(const std::vector<std::string>& options = {"--deep"}) const {
    std::vector<std::string> command = {"verify"};
    command.insert(command.end(), options.begin(), options.end());
    return bench_.baker(command);
  }
  // Without a trace in its times, as a disk does it.
  static void flip_a_bit(const fs::path& file) {
    struct stat before;
    ASSERT_EQ(lstat(file.c_str(), &before), 0) << file;
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    const int byte = stream.get();
    stream.seekp(0);
    stream.put(static_cast<char>(byte ^ 1));
    stream.close();
    const timespec times[] = {before.st_atim, before.st_mtim};
    utimensat(AT_FDCWD, file.c_str(), times, 0);
  }
  fs::path greeting() const { return bench_.layer_of("p.toml", "greeting"); }
  void expect_healed_by_the_next_run(const std::string& how) const {
    const Outcome found = verify();
    EXPECT_EQ(found.exit_status, 1);
    EXPECT_THAT(found.out, AllOf(HasSubstr(" of stage greeting of flips"), HasSubstr(how)));
    EXPECT_THAT(run(), HasSubstr("greeting: baked"));
    const Outcome again = verify();
    EXPECT_EQ(again.exit_status, 0) << again.out;
    EXPECT_EQ(content_of(greeting() / "etc/motd"), "hello");
  }

  const Workbench bench_, publisher_;
  HttpServer server_{publisher_.path()};
};

TEST_F(VerifyTest, HasNothingToSayOfWhatIsWhole) {
  const Outcome found = verify();
  EXPECT_EQ(found.exit_status, 0);
  EXPECT_THAT(found.out,
              HasSubstr("3 records, 2 layers and 1 downloads looked at: all as it should be"));
}

TEST_F(VerifyTest, FindsAFlippedBitInAFile) {
  flip_a_bit(greeting() / "etc/motd");
  EXPECT_EQ(verify({}).exit_status, 0) << "content is not read unless that is wanted";
  expect_healed_by_the_next_run("etc/motd: other content");
}

TEST_F(VerifyTest, FindsAnotherMode) {
  chmod((greeting() / "bin/run").c_str(), 0644);
  EXPECT_EQ(verify({}).exit_status, 1);
  run();
  chmod((greeting() / "bin/run").c_str(), 0600);
  expect_healed_by_the_next_run("bin/run: mode 600, not 755");
}

TEST_F(VerifyTest, FindsAnotherOwner) {
  ASSERT_EQ(chown((greeting() / "etc/motd").c_str(), 7, 7), 0);
  expect_healed_by_the_next_run("etc/motd: owner 7:7, not 0:0");
}

TEST_F(VerifyTest, FindsWhatIsCutOffWhatIsGoneAndWhatIsNew) {
  fs::resize_file(greeting() / "etc/motd", 2);
  fs::remove(greeting() / "bin/run");
  write_content(greeting() / "etc/new", "");
  const Outcome found = verify();
  EXPECT_THAT(found.out,
              AllOf(HasSubstr("etc/motd: 2 bytes, not 5"), HasSubstr("bin/run: it is gone"),
                    HasSubstr("etc/new: it was not there")));
  expect_healed_by_the_next_run("it was found to be damaged before");
}

TEST_F(VerifyTest, FindsAFlippedBitInAListing) {
  flip_a_bit(greeting().parent_path() / "listing");
  expect_healed_by_the_next_run("its listing is not the one that was baked");
}

TEST_F(VerifyTest, SetsAsideWhatIsNoFolderWhereALayerWas) {
  const fs::path layer = greeting().parent_path();
  fs::remove_all(layer);
  write_content(layer, "");
  expect_healed_by_the_next_run("its listing is gone");
}

// Whoever opens a pipe waits for its other end.
TEST_F(VerifyTest, SetsAsideAPipeWhereARecordAndADownloadWere) {
  for (const char* folder : {"actions", "downloads"}) {
    const fs::path file = *fs::directory_iterator(bench_.cache() / folder);
    fs::remove(file);
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    EXPECT_THAT(verify().out, HasSubstr(file.filename().string())) << folder;
    run();
    EXPECT_EQ(verify().exit_status, 0) << folder;
  }
}

TEST_F(VerifyTest, NothingIsBakedOnADamagedListingUntilItIsBakedAgain) {
  flip_a_bit(bench_.layer_of("p.toml", "base").parent_path() / "listing");
  const std::string text = bench_.read("p.toml");
  bench_.write("p.toml", std::string(text).replace(text.find("hello"), 5, "hi"));
  const Outcome refused = bench_.baker({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("reading the layer of stage \"base\""), HasSubstr("baker verify")));
  EXPECT_EQ(verify({}).exit_status, 1);
  EXPECT_THAT(run(), HasSubstr("base: baked"));
}

TEST_F(VerifyTest, FindsAFlippedBitInARecordWhichIsBakedAgain) {
  const fs::path actions = bench_.cache() / "actions";
  flip_a_bit(actions / names_in(actions).at(0));
  EXPECT_THAT(verify({}).out, HasSubstr("the record "));
  run();
  EXPECT_EQ(verify().exit_status, 0);
}

TEST_F(VerifyTest, FindsAFlippedBitInADownloadWhichIsFetchedAgain) {
  const std::string name = "sha256-" + sha256_of(publisher_.path() / "base.tar");
  flip_a_bit(bench_.cache() / "downloads" / name);
  EXPECT_THAT(verify().out, HasSubstr("the download " + name));
  EXPECT_FALSE(fs::exists(bench_.cache() / "downloads" / name));
  EXPECT_EQ(verify().exit_status, 0);
}

TEST_F(VerifyTest, NamesAStateAndALockFileThatCanNotBeRead) {
  const std::string state = bench_.read("state/flips/state");
  const std::string locked = bench_.read("p.lock.toml");
  bench_.write("state/flips/state", "!" + state);
  bench_.write("p.lock.toml", "!" + locked);
  const Outcome found = verify({});
  EXPECT_EQ(found.exit_status, 1);
  EXPECT_THAT(found.out,
              AllOf(HasSubstr("the state " + (bench_.state() / "flips").string()),
                    HasSubstr("the lock file " + (bench_.path() / "p.lock.toml").string())));
  bench_.write("state/flips/state", state);
  bench_.write("p.lock.toml", locked);
  EXPECT_EQ(verify({}).exit_status, 0);
}

TEST_F(VerifyTest, NamesTheMachinesThatWereMadeFromWhatIsDamaged) {
  flip_a_bit(greeting() / "etc/motd");
  EXPECT_THAT(verify().out, HasSubstr("machine \"flip" + process_tag() + "\" was made from it"));
}

TEST_F(VerifyTest, AMountedMachineKeepsWhatItStandsOnUntilItIsReplaced) {
  run({"--place", "mount"});
  const fs::path machine = bench_.machines() / ("flip" + process_tag());
  flip_a_bit(greeting() / "bin/run");
  EXPECT_EQ(verify().exit_status, 1);
  EXPECT_EQ(content_of(machine / "etc/motd"), "hello");
  run({"--place", "mount"});
  EXPECT_EQ(content_of(machine / "bin/run"), "run");
}

TEST_F(VerifyTest, ACopiedMachineIsNotMadeFromWhatIsDamaged) {
  flip_a_bit(greeting() / "etc/motd");
  bench_.baker({"destroy", "p.toml"});
  const Outcome refused = bench_.baker({"run", "p.toml", "--place", "copy"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("/etc/motd is damaged in the cache"), HasSubstr("baker verify")));
}

TEST_F(VerifyTest, WhatIsBakedAgainTakesThePlaceOfWhatIsDamaged) {
  flip_a_bit(greeting() / "etc/motd");
  for (const std::string& name : names_in(bench_.cache() / "actions"))
    fs::remove(bench_.cache() / "actions" / name);
  run({"--place", "copy"});
  EXPECT_EQ(content_of(greeting() / "etc/motd"), "hello");
}

class VerifyOnBtrfsTest : public VerifyTest {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    disk_ = place_on_btrfs(bench_);
    VerifyTest::SetUp();
    run({"--place", "snapshot"});
  }

 private:
  std::unique_ptr<LoopDisk> disk_;
};

TEST_F(VerifyOnBtrfsTest, FindsAFlippedBitInAMergedRoot) {
  EXPECT_EQ(verify().exit_status, 0) << verify().out;
  const fs::path roots = bench_.cache() / "roots";
  for (const std::string& name : names_in(roots))
    if (!name.ends_with(".lock")) flip_a_bit(roots / name / "etc/os-release");
  const Outcome found = verify();
  EXPECT_EQ(found.exit_status, 1);
  EXPECT_THAT(found.out,
              AllOf(HasSubstr("the merged root "), HasSubstr("os-release: other content")));
  EXPECT_EQ(verify().exit_status, 0) << "it is taken out of use";
}

TEST_F(VerifyTest, LooksAtOnePipelineAlone) {
  bench_.write("q.toml",
               "[pipeline]\nname = \"other\"\n[stage.it]\nuses = \"files\"\n"
               "files = { \"/x\" = { content = \"x\" } }\n");
  ASSERT_EQ(bench_.baker({"run", "q.toml"}).exit_status, 0);
  flip_a_bit(greeting() / "etc/motd");
  EXPECT_EQ(verify({"q.toml", "--deep"}).exit_status, 0);
  EXPECT_EQ(verify({"p.toml", "--deep"}).exit_status, 1);
}

class RebuildTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }
  // Two stages, of which the script is one, on a root with a shell.
  void describe(const std::string& script) const {
    bench_.write("p.toml", "[pipeline]\nname = \"twice\"\n" + tiny_root("base") +
                               "[stage.made]\nuses = \"script\"\nfrom = \"base\"\nrun = '" +
                               script + "'\n");
  }
  Outcome rebuild(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"verify", "p.toml", "--rebuild"});
    return bench_.baker(options);
  }

  const Workbench bench_;
};

TEST_F(RebuildTest, FindsTheSameUnderAnotherUmaskLanguageAndZone) {
  describe("echo \"${TZ-} ${LC_ALL-} ${LANG-}\" > /environment");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  const Outcome again = rebuild();
  EXPECT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.out, AllOf(HasSubstr("base: the same\n"), HasSubstr("made: the same\n"),
                               HasSubstr("2 layers baked again: 0 differ")));
  EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
}

TEST_F(RebuildTest, NamesEachPathThatDiffersAndHow) {
  describe("read -r id < /proc/sys/kernel/random/uuid; echo \"same $id\" > /same-and-other");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  const Outcome again = rebuild();
  EXPECT_EQ(again.exit_status, 1) << again.all();
  EXPECT_THAT(again.out, AllOf(HasSubstr("base: the same\n"), HasSubstr("made: it differs\n"),
                               HasSubstr("  same-and-other: other content from byte ")));
}

TEST_F(RebuildTest, LooksAtOneStageAlone) {
  describe("read -r id < /proc/sys/kernel/random/uuid; echo \"$id\" > /id");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  EXPECT_EQ(rebuild({"base"}).exit_status, 0);
}

TEST_F(RebuildTest, WantsSomethingToCompareWith) {
  describe("true");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  describe("echo > /other");
  const Outcome refused = rebuild();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("stage made is not in the cache"));
}

}  // namespace
}  // namespace baker::testing
