// Machines: placed, put right when somebody touched them, left alone when they are not ours or run.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/file_lock.h"
#include "tests/support/running_program.h"
#include "tests/support/waiting.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// What systemd-nspawn holds while a machine runs.
class HeldMachine {
 public:
  explicit HeldMachine(const fs::path& tree) {
    const fs::path lock = tree.parent_path() / (".#" + tree.filename().string() + ".lck");
    fd_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    if (fcntl(fd_, F_OFD_SETLK, &whole) != 0) throw std::runtime_error("the machine is locked");
  }
  ~HeldMachine() { close(fd_); }
  HeldMachine(const HeldMachine&) = delete;
  HeldMachine& operator=(const HeldMachine&) = delete;

 private:
  int fd_;
};

class MachinesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  // One base, and a machine of it for each name.
  void describe(const std::string& motd, const std::vector<std::string>& machines = {"m"},
                const std::string& file = "p.toml", const std::string& name = "machines-test") {
    std::string text = "[pipeline]\nname = \"" + name +
                       "\"\n[stage.base]\nuses = \"files\"\nfiles = { \"/etc/motd\" = { content = "
                       "\"" +
                       motd + "\" } }\n";
    for (const std::string& machine : machines) {
      text += "[stage.place-" + machine + "]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"" +
              machine + "\"\n";
    }
    bench_.write(file, text);
  }
  Outcome run(const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments = {"run", "p.toml"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return bench_.baker(arguments);
  }
  void must_run(const std::vector<std::string>& options = {}) {
    const Outcome outcome = run(options);
    if (outcome.exit_status != 0) throw std::runtime_error(outcome.all());
  }
  std::string status() { return bench_.baker({"status", "p.toml"}).out; }
  std::string motd(const std::string& machine = "m") {
    return bench_.read("machines/" + machine + "/etc/motd");
  }
  fs::path tree() { return bench_.machines() / "m"; }
  fs::path settings() { return bench_.nspawn() / "m.nspawn"; }

  // Old trees are removed while baker, and others, go on.
  std::vector<std::string> names_of_machines() const {
    comes_true([this] { return !fs::exists(bench_.machines() / ".m.baker-gone"); });
    return names_in(bench_.machines());
  }
  const Workbench bench_;
};

TEST_F(MachinesTest, APlacedMachineIsInPlaceForTheNextRun) {
  describe("one");
  must_run();
  EXPECT_EQ(motd(), "one");
  EXPECT_TRUE(fs::exists(settings()));
  EXPECT_THAT(run().out, HasSubstr("nothing to do, 1 stage cached, 1 machine in place"));
  EXPECT_THAT(status(), AllOf(HasSubstr("machines-test"), HasSubstr("m  "), HasSubstr("stopped")));
}

TEST_F(MachinesTest, AWatcherSeesAMachineAppear) {
  describe("one");
  must_run();
  RunningProgram watching(bench_.command_line({"status", "machines-test", "--watch"}));
  ASSERT_TRUE(watching.says("m  ")) << watching.said();
  describe("one", {"m", "another"});
  must_run();
  EXPECT_TRUE(watching.says("another  ")) << watching.said();
}

TEST_F(MachinesTest, AMachineOfSomebodyElseIsLeftAlone) {
  describe("one");
  bench_.write("machines/m/precious", "mine");
  const Outcome refused = run();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("stage place-m: machine \"m\" exists (" + tree().string() +
                                     ") and was not made by this pipeline: give the machine "
                                     "another name, or remove it yourself"));
  EXPECT_EQ(bench_.read("machines/m/precious"), "mine");
  EXPECT_THAT(names_of_machines(), UnorderedElementsAre("m"));
  EXPECT_FALSE(fs::exists(bench_.cache() / "layers")) << "said before anything is baked";
}

TEST_F(MachinesTest, AMachineOfAnotherPipelineIsKnownByPlanWithItsOwner) {
  describe("one");
  must_run();
  bench_.write("q.toml", "[pipeline]\nname = \"another\"\n" + tiny_root("base") +
                             "[stage.it]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n");
  const Outcome planned = bench_.baker({"plan", "q.toml"});
  EXPECT_EQ(planned.exit_status, 1);
  EXPECT_THAT(planned.err, HasSubstr("belongs to the pipeline \"machines-test\" (" +
                                     (bench_.path() / "p.toml").string() + ")"));
}

TEST_F(MachinesTest, SettingsOfSomebodyElseAreLeftAlone) {
  describe("one");
  bench_.write("nspawn/m.nspawn", "[Exec]\n");
  const Outcome refused = run();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr(settings().string() + " exists and was not written by this "
                                                           "pipeline"));
  EXPECT_EQ(bench_.read("nspawn/m.nspawn"), "[Exec]\n");
}

TEST_F(MachinesTest, AMachineDeletedByHandIsPlacedAgain) {
  describe("one");
  must_run();
  run_program({"rm", "-rf", tree()});  // which can't remove a mount point
  EXPECT_THAT(status(), HasSubstr("missing (the next run places it again)"));
  must_run();
  EXPECT_EQ(motd(), "one");
}

TEST_F(MachinesTest, EditedSettingsAreNamedAndPutRight) {
  describe("one");
  must_run();
  const std::string before = bench_.read("nspawn/m.nspawn");
  std::ofstream(settings(), std::ios::app) << "[Network]\n";
  const std::string by_hand = settings().string() + " was changed by hand";
  EXPECT_THAT(bench_.baker({"why", "p.toml", "place-m"}).out, HasSubstr("because " + by_hand));
  EXPECT_THAT(status(), HasSubstr(by_hand));
  EXPECT_THAT(run().all(), HasSubstr(by_hand + ": it is written anew"));
  EXPECT_EQ(bench_.read("nspawn/m.nspawn"), before);
  fs::remove(settings());
  must_run();
  EXPECT_EQ(bench_.read("nspawn/m.nspawn"), before);
}

TEST_F(MachinesTest, AReplacedTreeIsRefused) {
  describe("one");
  must_run({"--place", "copy"});
  fs::rename(tree(), bench_.path() / "old");
  bench_.write("machines/m/precious", "mine");
  const Outcome refused = run();
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("is not the one that baker placed: somebody replaced it. Move "
                                     "it away, and the next run places the machine again"));
  EXPECT_THAT(status(), HasSubstr("replaced by somebody else"));
  EXPECT_EQ(bench_.read("machines/m/precious"), "mine");
}

TEST_F(MachinesTest, ARunningMachineIsChangedWhenItHasStopped) {
  describe("one");
  must_run();
  describe("two");
  {
    const HeldMachine running(tree());
    const Outcome waits = run();
    ASSERT_EQ(waits.exit_status, 0) << waits.all();
    EXPECT_THAT(waits.out, HasSubstr("1 machine pending"));
    EXPECT_EQ(motd(), "one");
    EXPECT_THAT(status(), HasSubstr("running, pending: a new tree waits beside it"));
    EXPECT_THAT(run().out, HasSubstr("pending")) << "still";
    EXPECT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 1);
    EXPECT_EQ(motd(), "one");
  }
  must_run();
  EXPECT_EQ(motd(), "two");
  EXPECT_THAT(status(), AllOf(HasSubstr("stopped"), Not(HasSubstr("pending"))));
  EXPECT_THAT(names_of_machines(), UnorderedElementsAre("m", ".#m.lck"));
}

TEST_F(MachinesTest, AChangeTakenBackWhileItWaitsLeavesTheMachineAsItIs) {
  describe("one");
  must_run();
  describe("two");
  {
    const HeldMachine running(tree());
    must_run();
    describe("one");
    must_run();
    EXPECT_THAT(status(), Not(HasSubstr("pending")));
  }
  EXPECT_THAT(run().out, HasSubstr("nothing to do"));
  EXPECT_THAT(names_of_machines(), UnorderedElementsAre("m", ".#m.lck"));
}

TEST_F(MachinesTest, AMachineThatIsNoLongerDescribedIsToldAndPruned) {
  describe("one", {"m", "old"});
  must_run();
  describe("one");
  const Outcome told = run();
  EXPECT_EQ(told.exit_status, 0);
  EXPECT_THAT(told.all(), HasSubstr("machine \"old\" is no longer described by the pipeline: "
                                    "--prune removes it"));
  EXPECT_EQ(motd("old"), "one");
  const Outcome pruned = run({"--prune"});
  EXPECT_THAT(pruned.out, HasSubstr("1 machine in place, 1 removed"));
  EXPECT_THAT(names_of_machines(), UnorderedElementsAre("m", ".#m.lck"));
  EXPECT_THAT(names_in(bench_.nspawn()), UnorderedElementsAre("m.nspawn"));
}

TEST_F(MachinesTest, DestroyTakesAwayWhatWasPlacedAndNothingElse) {
  describe("one", {"m", "n"});
  must_run();
  bench_.write("machines/other/precious", "mine");
  const Outcome destroyed = bench_.baker({"destroy", "p.toml"});
  EXPECT_EQ(destroyed.exit_status, 0) << destroyed.all();
  EXPECT_THAT(names_of_machines(), UnorderedElementsAre("other"));
  EXPECT_THAT(names_in(bench_.nspawn()), IsEmpty());
  EXPECT_THAT(names_in(bench_.state()), IsEmpty());
  EXPECT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0) << "nothing left to take away";
}

// The pipeline's own file, with a machine that binds a folder of the host for its data.
class MachineDataTest : public MachinesTest {
 protected:
  void describe_data(const std::string& name, const std::string& machine, const fs::path& folder,
                     const std::string& file = "p.toml") {
    bench_.write(file, "[pipeline]\nname = \"" + name +
                           "\"\n[stage.base]\nuses = \"files\"\n"
                           "[stage.place]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"" +
                           machine + "\"\nbind = { \"/data\" = \"" + folder.string() + "\" }\n");
  }
  const fs::path data_ = bench_.path() / "data";
};

TEST_F(MachineDataTest, IsRemovedAlsoOnceThePipelineIsDestroyed) {
  describe_data("one", "m", data_);
  must_run();
  bench_.write("data/segment", "x");
  EXPECT_THAT(bench_.baker({"destroy", "p.toml"}).out, HasSubstr("its data in " + data_.string()));
  EXPECT_THAT(bench_.baker({"status", "p.toml"}).out, HasSubstr("its data is left in "));
  EXPECT_EQ(bench_.read("data/segment"), "x");

  const Outcome destroyed = bench_.baker({"destroy", "p.toml", "--data"});
  EXPECT_EQ(destroyed.exit_status, 0) << destroyed.all();
  EXPECT_FALSE(fs::exists(data_));
  EXPECT_THAT(names_in(bench_.state()), IsEmpty());
}

TEST_F(MachineDataTest, OfAnotherPipelineStaysThere) {
  describe_data("one", "m", data_);
  must_run();
  describe_data("two", "n", data_ / "of-two", "two.toml");
  ASSERT_EQ(bench_.baker({"run", "two.toml"}).exit_status, 0);
  bench_.write("data/segment", "x");
  bench_.write("data/of-two/segment", "y");
  EXPECT_EQ(bench_.baker({"destroy", "p.toml", "--data"}).exit_status, 0);
  EXPECT_FALSE(fs::exists(data_ / "segment"));
  EXPECT_EQ(bench_.read("data/of-two/segment"), "y");
}

TEST_F(MachineDataTest, ThatAnotherPipelineUsesStays) {
  describe_data("one", "m", data_);
  must_run();
  describe_data("two", "n", data_, "two.toml");
  ASSERT_EQ(bench_.baker({"run", "two.toml"}).exit_status, 0);
  bench_.write("data/segment", "x");
  const Outcome destroyed = bench_.baker({"destroy", "p.toml", "--data"});
  EXPECT_THAT(destroyed.all(), HasSubstr("as pipeline \"two\" uses it"));
  EXPECT_EQ(bench_.read("data/segment"), "x");
}

TEST_F(MachineDataTest, IsNamedByADryRunOfDestroy) {
  describe_data("one", "m", data_);
  must_run();
  EXPECT_THAT(bench_.baker({"destroy", "p.toml", "--data", "--dry-run"}).out,
              AllOf(HasSubstr("would be removed: machine \"m\""),
                    HasSubstr("would be removed: the DATA of m in " + data_.string())));
  EXPECT_TRUE(fs::exists(tree()));
}

TEST_F(MachinesTest, ARunWithNothingToDoLeavesTheStateToTheBakerThatWorks) {
  describe("one");
  must_run();
  const std::string before = bench_.read("state/machines-test/state");
  bench_.write("p.toml", bench_.read("p.toml") +
                             "[stage.further]\nuses = \"files\"\n"
                             "files = { \"/etc/motd\" = { content = \"one\" } }\n");
  {
    const FileLock other(bench_.state() / "machines-test/lock", LOCK_EX);
    EXPECT_THAT(run().out, HasSubstr("nothing to do"));
    EXPECT_EQ(bench_.read("state/machines-test/state"), before);
  }
  must_run();
  EXPECT_THAT(bench_.read("state/machines-test/state"), HasSubstr("stage further "));
}

TEST_F(MachinesTest, ARunThatWaitsWhileItsPipelineIsDestroyedGoesOn) {
  describe("one");
  must_run();
  describe("two");
  std::unique_ptr<FileLock> other =
      std::make_unique<FileLock>(bench_.state() / "machines-test/lock", LOCK_EX);
  const RunningProgram waiting(bench_.command_line({"run", "p.toml"}), bench_.path());
  ASSERT_TRUE(waiting.says("waiting for it")) << waiting.said();
  for (const fs::path& gone : {tree(), settings(), bench_.state() / "machines-test"})
    run_program({"rm", "-rf", gone});
  other.reset();
  ASSERT_TRUE(waiting.says("next: ")) << waiting.said();
  EXPECT_EQ(motd(), "two");
}

TEST_F(MachinesTest, APipelineIsItsFileByAnyPath) {
  describe("one");
  must_run();
  fs::create_symlink("p.toml", bench_.path() / "link.toml");
  fs::copy_file(bench_.path() / "p.lock.toml", bench_.path() / "link.lock.toml");
  EXPECT_THAT(bench_.baker({"run", "link.toml"}).out, HasSubstr("nothing to do"));
}

TEST_F(MachinesTest, DestroyKnowsAPipelineByItsNameWhenItsFileIsGone) {
  describe("one");
  must_run();
  fs::remove(bench_.path() / "p.toml");
  EXPECT_THAT(bench_.baker({"status", "machines-test"}).out, HasSubstr("stopped"));
  const Outcome destroyed = bench_.baker({"destroy", "machines-test"});
  EXPECT_EQ(destroyed.exit_status, 0) << destroyed.all();
  EXPECT_FALSE(fs::exists(tree()));
  const Outcome mistyped = bench_.baker({"destroy", "machine-test"});
  EXPECT_EQ(mistyped.exit_status, 2);
  EXPECT_THAT(mistyped.err, HasSubstr("there is neither a pipeline file \"machine-test\" nor a "
                                      "pipeline of that name"));
}

TEST_F(MachinesTest, DestroyLeavesFoldersThatTheUserMade) {
  describe("one");
  must_run();
  EXPECT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  EXPECT_FALSE(fs::exists(bench_.nspawn())) << "baker made it";

  fs::create_directory(bench_.nspawn());
  must_run();
  EXPECT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  EXPECT_TRUE(fs::exists(bench_.nspawn()));
}

TEST_F(MachinesTest, DestroyTakesAwayWhatAFailedRunHasLeft) {
  bench_.write("p.toml", "[pipeline]\nname = \"machines-test\"\n" + tiny_root("base") +
                             "[stage.bad]\nuses = \"script\"\nfrom = \"base\"\nrun = \"exit 1\"\n");
  EXPECT_EQ(run().exit_status, 1);
  EXPECT_THAT(bench_.baker({"why", "p.toml", "bad"}).out,
              HasSubstr("\nthe last attempt failed; its log: "));
  EXPECT_THAT(bench_.baker({"plan", "p.toml"}).out, HasSubstr("the last attempt failed"));
  const Outcome destroyed = bench_.baker({"destroy", "machines-test"});
  EXPECT_EQ(destroyed.exit_status, 0) << destroyed.all();
  EXPECT_FALSE(fs::exists(bench_.state() / "machines-test"));
}

TEST_F(MachinesTest, DestroyAsksOnATerminal) {
  describe("one");
  must_run();
  std::string command;
  for (const std::string& word : bench_.command_line({"destroy", "p.toml"})) command += word + " ";
  auto answer = [&](const std::string& word, const std::string& options) {
    return run_program(
        {"sh", "-c", "echo " + word + " | script -qec '" + command + options + "' /dev/null"}, {},
        bench_.path());
  };
  EXPECT_THAT(answer("n", "").out,
              AllOf(HasSubstr("  machine \"m\""), HasSubstr("Remove them? [y/N]"),
                    HasSubstr("nothing was removed")));
  EXPECT_TRUE(fs::exists(tree()));
  EXPECT_THAT(answer("n", "--yes").out, HasSubstr("destroyed"));
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_F(MachinesTest, DestroyTakesANameForThatAlsoWhereAFolderIsCalledSo) {
  describe("one");
  must_run();
  fs::create_directory(bench_.path() / "machines-test");
  const Outcome destroyed = bench_.baker({"destroy", "machines-test"});
  EXPECT_EQ(destroyed.exit_status, 0) << destroyed.all();
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_F(MachinesTest, DestroyTakesNoFolderOfStatesForAName) {
  describe("one");
  must_run();
  fs::remove(bench_.path() / "p.toml");
  EXPECT_EQ(bench_.baker({"destroy", "."}).exit_status, 2);
  EXPECT_TRUE(fs::exists(tree()));
}

TEST_F(MachinesTest, OnePipelineNameBelongsToOneFile) {
  describe("one");
  must_run();
  describe("two", {"m"}, "copy.toml");
  const Outcome refused = bench_.baker({"run", "copy.toml"});
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_THAT(refused.err, HasSubstr("pipeline \"machines-test\" is the one in " +
                                     (bench_.path() / "p.toml").string() + ", not "));
  EXPECT_EQ(motd(), "one");
}

TEST_F(MachinesTest, AMachineOfAnotherPipelineIsSomebodyElses) {
  describe("one");
  must_run();
  describe("two", {"m"}, "other.toml", "other");
  const Outcome refused = bench_.baker({"run", "other.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("belongs to the pipeline \"machines-test\""));
  EXPECT_EQ(motd(), "one");
}

TEST_F(MachinesTest, AStageThatPreparesAMachineOfSomebodyElseFailsAndTouchesNothing) {
  describe("old");
  must_run();
  {
    const HeldMachine runs(tree());
    describe("new");
    must_run();
  }
  bench_.write("poach.toml",
               "[pipeline]\nname = \"poacher\"\n[stage.base]\nuses = \"files\"\n"
               "[stage.bad]\nuses = \"poach\"\nfrom = \"base\"\n"
               "machine = \"mine\"\nprepares = \"m\"\n");
  const Outcome poached = bench_.baker({"run", "poach.toml", "--plugin-dir", BAKER_TEST_PLUGINS});
  EXPECT_EQ(poached.exit_status, 1);
  EXPECT_THAT(poached.err, HasSubstr("the stage prepares a machine \"m\", and claims \"mine\""));
  must_run();
  EXPECT_EQ(motd(), "new") << "the tree that waited was still there";
}

TEST_F(MachinesTest, AMachineThatCannotBePreparedLeavesNothingHalfDone) {
  describe("one");
  std::ofstream(bench_.path() / "p.toml", std::ios::app)
      << "bind = { \"/data\" = \"/dev/null/data\" }\n";
  const Outcome failed = run();
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err, HasSubstr("/dev/null/data"));
  EXPECT_THAT(names_in(bench_.machines()), IsEmpty());
  EXPECT_THAT(names_in(bench_.nspawn()), IsEmpty());
  EXPECT_THAT(mounts_below(bench_.path()), IsEmpty());
}

}  // namespace
}  // namespace baker::testing
