// Machines that are mounted instead of copied: whatever happens to the mount, a machine has the
// tree that its pipeline describes, with what it has written.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/traces.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MountedMachinesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    describe("one");
    must({"run", "p.toml"});
  }

  void describe(const std::string& motd, const std::string& of_the_machine = "") const {
    bench_.write("p.toml",
                 "[pipeline]\nname = \"mounted\"\n[stage.base]\nuses = \"files\"\n"
                 "[stage.base.files]\n\"/etc/motd\" = { content = \"" +
                     motd +
                     "\" }\n[stage.m]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n" +
                     of_the_machine);
  }
  Outcome must(const std::vector<std::string>& arguments) const {
    const Outcome outcome = bench_.baker(arguments);
    if (outcome.exit_status != 0) throw std::runtime_error(outcome.all());
    return outcome;
  }
  Outcome run(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"run", "p.toml"});
    return must(options);
  }
  std::string motd() const { return bench_.read("machines/m/etc/motd"); }
  std::string status() const { return bench_.baker({"status", "p.toml"}).out; }
  fs::path tree() const { return bench_.machines() / "m"; }
  bool is_mounted() const { return run_program({"mountpoint", "-q", tree()}).exit_status == 0; }
  // All mounts of machines are gone after that.
  void start_the_host_again() const {
    umount2(tree().c_str(), MNT_DETACH);
    umount2(bench_.machines().c_str(), MNT_DETACH);
  }
  std::uint32_t first_id() const {
    struct stat root;
    return stat(tree().c_str(), &root) == 0 ? root.st_uid : 0;
  }
  void must_run_command(const std::vector<std::string>& command) const {
    const Outcome outcome = run_program(command);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }

  const Workbench bench_;
};

TEST_F(MountedMachinesTest, StandInTheirPlaceBeforeTheyAreStarted) {
  EXPECT_TRUE(is_mounted());
  EXPECT_EQ(motd(), "one");
  EXPECT_THAT(run().out, HasSubstr("nothing to do"));
}

TEST_F(MountedMachinesTest, HaveIdsOfTheirOwnThatStay) {
  const std::uint32_t first = first_id();
  EXPECT_GE(first, 524288U);
  EXPECT_THAT(bench_.read("nspawn/m.nspawn"),
              AllOf(HasSubstr("PrivateUsers=" + std::to_string(first) + ":65536\n"),
                    HasSubstr("PrivateUsersOwnership=off\n")));
  describe("two");
  run();
  EXPECT_EQ(first_id(), first);
}

TEST_F(MountedMachinesTest, WithoutUsersOfTheirOwnHaveTheHosts) {
  describe("one", "private-users = false\n");
  run();
  EXPECT_TRUE(is_mounted());
  EXPECT_EQ(first_id(), 0U);
  EXPECT_THAT(bench_.read("nspawn/m.nspawn"), HasSubstr("PrivateUsers=no\n"));
}

TEST_F(MountedMachinesTest, AReplacedOneBeginsWithoutWhatTheOldOneHasWritten) {
  bench_.write("machines/m/written", "");
  describe("two");
  EXPECT_THAT(run().out, HasSubstr("placed (mount)"));
  EXPECT_EQ(motd(), "two");
  EXPECT_FALSE(fs::exists(tree() / "written"));
}

TEST_F(MountedMachinesTest, AreMountedAgainAfterABootWithWhatTheyHaveWritten) {
  bench_.write("machines/m/written", "");
  start_the_host_again();
  EXPECT_THAT(status(), HasSubstr("its tree is not mounted"));
  run();
  EXPECT_EQ(motd(), "one");
  EXPECT_TRUE(fs::exists(tree() / "written"));
}

TEST_F(MountedMachinesTest, CanBeMountedByThemselves) {
  start_the_host_again();
  must({"mount", "m"});
  EXPECT_EQ(motd(), "one");
  must({"mount", "m"});
}

TEST_F(MountedMachinesTest, AreCopiedWhereThisCallOrThePipelineWantsIt) {
  EXPECT_THAT(run({"--place", "copy"}).out, HasSubstr("placed (copy)"));
  EXPECT_FALSE(is_mounted());
  EXPECT_EQ(motd(), "one");
  EXPECT_THAT(run().out, HasSubstr("nothing to do")) << "a copy will do";
  EXPECT_THAT(run({"--place", "mount"}).out, HasSubstr("placed (mount)"));
  describe("one", "place = \"copy\"\n");
  EXPECT_THAT(run().out, HasSubstr("placed (copy)"));
  EXPECT_THAT(bench_.baker({"run", "p.toml"}, {{"BAKER_PLACE", "mount"}}).out,
              HasSubstr("placed (mount)"));
}

TEST_F(MountedMachinesTest, AWayThatThereIsNotIsRefusedWhenThePipelineIsRead) {
  describe("one", "place = \"link\"\n");
  EXPECT_THAT(bench_.baker({"plan", "p.toml"}).err,
              HasSubstr("it is not auto, mount, snapshot, reflink or copy"));
}

TEST_F(MountedMachinesTest, WhereTheyCannotBeMountedAreCopiedAndItIsSaid) {
  must({"destroy", "p.toml"});
  const fs::path lower = bench_.path() / "below", upper = bench_.path() / "over";
  for (const fs::path& folder : {lower, upper / "upper", upper / "work", bench_.machines()})
    fs::create_directories(folder);
  must_run_command({"mount", "-t", "overlay", "overlay", "-o",
                    "lowerdir=" + lower.string() + ",upperdir=" + (upper / "upper").string() +
                        ",workdir=" + (upper / "work").string(),
                    bench_.machines()});
  EXPECT_THAT(run().out, HasSubstr("placed (copy; "));
  EXPECT_EQ(motd(), "one");
  const Outcome wanted = bench_.baker({"run", "p.toml", "--place", "mount"});
  EXPECT_EQ(wanted.exit_status, 1);
  EXPECT_THAT(wanted.err, HasSubstr("machine \"m\" can't be mounted, as `place` wants it: "));
}

// An old kernel, NFS or 9p: the call itself says so.
TEST_F(MountedMachinesTest, WhereOwnersCannotBeMappedAreCopiedAndItIsSaid) {
  must({"destroy", "p.toml"});
  std::vector<std::string> command = {
      "strace", "-fqq", "-o", bench_.path() / "log", "-e", "inject=mount_setattr:error=EINVAL"};
  for (const std::string& word : bench_.command_line({"run", "p.toml"})) command.push_back(word);
  const Outcome run = run_program(command, {}, bench_.path());
  EXPECT_THAT(run.out, HasSubstr("placed (copy; it can't be mounted: the owners of files can't be "
                                 "mapped on the file system of "));
  EXPECT_EQ(motd(), "one");
}

TEST_F(MountedMachinesTest, ASystemThatWasBackedUpCanBeRestored) {
  bench_.write("machines/m/written", "kept");
  must_run_command({"rm", tree() / "etc/motd"});
  const std::vector<std::string> kept = {"--xattrs", "--xattrs-include=*", "--acls",
                                         "--numeric-owner"};
  std::vector<std::string> save = {"tar", "-C", tree(), "-cf", bench_.path() / "m.tar"};
  save.insert(save.end(), kept.begin(), kept.end());
  save.push_back(".");
  must_run_command(save);
  describe("two");
  run();
  must_run_command({"find", tree(), "-mindepth", "1", "-delete"});
  std::vector<std::string> restore = {"tar", "-C", tree(), "-xpf", bench_.path() / "m.tar"};
  restore.insert(restore.end(), kept.begin(), kept.end());
  must_run_command(restore);
  EXPECT_EQ(bench_.read("machines/m/written"), "kept");
  EXPECT_FALSE(fs::exists(tree() / "etc/motd"));
}

TEST_F(MountedMachinesTest, ALayerThatWasRemovedIsToldAndBakedAgain) {
  fs::remove_all(bench_.layer_of("p.toml", "base").parent_path());
  EXPECT_THAT(status(), ContainsRegex("layer [0-9a-f]+ below it is gone from"));
  run();
  EXPECT_EQ(motd(), "one");
  EXPECT_THAT(status(), Not(HasSubstr("is gone")));
}

TEST_F(MountedMachinesTest, WhoStandsInOneThatIsReplacedSeesTheOldTree) {
  const int inside = open((tree() / "etc").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  describe("two");
  EXPECT_THAT(run().all(), HasSubstr("was busy when it was unmounted"));
  EXPECT_EQ(motd(), "two");
  EXPECT_EQ(faccessat(inside, "motd", F_OK, 0), 0);
  close(inside);
}

TEST_F(MountedMachinesTest, MountedInANamespaceThatIsGoneAreMountedHere) {
  describe("two");
  std::vector<std::string> command = {"unshare", "--mount", "--propagation", "private"};
  for (const std::string& word : bench_.command_line({"run", "p.toml"})) command.push_back(word);
  start_the_host_again();
  const Outcome elsewhere = run_program(command, {}, bench_.path());
  ASSERT_EQ(elsewhere.exit_status, 0) << elsewhere.all();
  run();
  EXPECT_EQ(motd(), "two");
}

TEST_F(MountedMachinesTest, SomethingElseMountedInTheirPlaceIsLeftAlone) {
  start_the_host_again();
  must_run_command({"mount", "-t", "tmpfs", "none", tree()});
  bench_.write("machines/m/precious", "");
  const Outcome refused = bench_.baker({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("is not the one that baker placed"));
  EXPECT_TRUE(fs::exists(tree() / "precious"));
}

TEST_F(MountedMachinesTest, LeaveNoMountWhenTheyAreDestroyed) {
  must({"destroy", "p.toml"});
  EXPECT_THAT(run_program({"findmnt", "-rno", "TARGET"}).out,
              Not(HasSubstr(bench_.machines().string())));
  EXPECT_THAT(names_in(bench_.machines()), IsEmpty());
  EXPECT_THAT(names_in(bench_.cache() / "machines"), IsEmpty());
}

TEST_F(MountedMachinesTest, TheStoreKnowsTheLayersThatTheyStandOn) {
  const std::string layer = bench_.layer_of("p.toml", "base").parent_path().filename();
  const std::string file = names_in(bench_.cache() / "machines").at(0);
  EXPECT_THAT(bench_.read("cache/machines/" + file),
              AllOf(HasSubstr("machine " + tree().string() + "\n"), HasSubstr("layer " + layer)));
}

// What a machine writes lies on the disk of the machines.
TEST_F(MountedMachinesTest, ThatFillTheDiskSeeItAndNothingElseIsLost) {
  must({"destroy", "p.toml"});
  keep_mounts_to_this_process();
  const Workbench elsewhere;
  const LoopDisk disk(elsewhere.path() / "image", bench_.machines(), "ext4", "64M");
  run();
  const Outcome filled =
      run_program({"dd", "if=/dev/zero", "of=" + (tree() / "big").string(), "bs=1M"});
  EXPECT_THAT(filled.err, HasSubstr("No space left on device"));
  EXPECT_EQ(motd(), "one");
  EXPECT_THAT(status(), Not(HasSubstr("is gone")));
  describe("two");
  bench_.baker({"run", "p.toml"});  // it may not fit
  fs::remove(tree() / "big");
  run();
  EXPECT_EQ(motd(), "two");
  must({"destroy", "p.toml"});
}

TEST_F(MountedMachinesTest, CanBeCopiedByTheToolsOfTheHost) {
  must_run_command({"cp", "-a", tree(), bench_.path() / "copy"});
  EXPECT_EQ(bench_.read("copy/etc/motd"), "one");
  struct stat root;
  ASSERT_EQ(stat((bench_.path() / "copy/etc/motd").c_str(), &root), 0);
  EXPECT_EQ(root.st_uid, first_id());
}

}  // namespace
}  // namespace baker::testing
