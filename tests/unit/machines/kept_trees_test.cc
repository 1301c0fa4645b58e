// The tree that a machine had before is kept until the new one serves, whenever baker dies.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "engine/base/error.h"
#include "engine/machines/machines.h"
#include "engine/machines/running.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// A file system that is mounted there, below a workbench.
class HeldMount {
 public:
  explicit HeldMount(const fs::path& folder) : folder_(folder) {
    fs::create_directories(folder);
    if (mount("held", folder.c_str(), "tmpfs", 0, nullptr) != 0)
      throw std::runtime_error("cannot mount " + folder.string());
  }
  ~HeldMount() { umount2(folder_.c_str(), MNT_DETACH); }
  HeldMount(const HeldMount&) = delete;
  HeldMount& operator=(const HeldMount&) = delete;

 private:
  fs::path folder_;
};

// One machine, whose tree holds a word, which is its key as well.
class KeptTreesTest : public ::testing::Test {
 protected:
  KeptTreesTest() {
    type_.claim = "machine";
    stage_.name = "place";
    stage_.type = &type_;
    stage_.options.emplace("machine", Value(std::string("m")));
    place("one");
  }

  void place(const std::string& word) {
    bench_.write("machines/.m.baker-next/word", word);
    machines_.place({{stage_.name, word, "m", next(), "# " + word + "\n", "copy"}});
  }
  // While the machine runs.
  void bake(const std::string& word) {
    const auto nspawn = NspawnLock::try_lock(bench_.machines(), "m");
    place(word);
  }
  std::string tree() const { return bench_.machines() / "m"; }
  std::string next() const { return bench_.machines() / ".m.baker-next"; }
  std::string old() const { return bench_.machines() / ".m.baker-old"; }
  std::string gone() const { return bench_.machines() / ".m.baker-gone"; }
  std::string word() const { return bench_.read("machines/m/word"); }
  std::string settings() const { return bench_.read("nspawn/m.nspawn"); }

  // What swap_keeping_old has done when it dies before the swap, or right after it.
  void die_before_the_swap() {
    bench_.write("state/m.nspawn.old", bench_.read("state/m.nspawn"));
    MachineState& machine = state_.machines.at("m");
    machine.old.key = machine.placed.key;
    machine.old.identity = machine.placed.identity;
  }
  void die_after_the_swap() {
    die_before_the_swap();
    ASSERT_EQ(renameat2(AT_FDCWD, next().c_str(), AT_FDCWD, tree().c_str(), RENAME_EXCHANGE), 0);
  }
  void put_back_and_expect(const std::string& word) {
    ASSERT_TRUE(machines_.kept().has_old("m"));
    machines_.kept().put_old_back("m");
    EXPECT_EQ(this->word(), word);
    EXPECT_THAT(settings(), HasSubstr(word));
    EXPECT_FALSE(machines_.kept().has_old("m"));
    EXPECT_FALSE(machines_.is_pending("m"));
    EXPECT_FALSE(fs::exists(next()));
    EXPECT_FALSE(fs::exists(old()));
  }

  testing::Workbench bench_;
  Descriptor type_;
  Stage stage_;
  PipelineState state_;
  PipelineLock lock_ = *PipelineLock::try_take(bench_.state());
  Machines machines_{
      {bench_.machines(), bench_.nspawn(), bench_.state(), bench_.cache()}, state_, &lock_};
};

TEST_F(KeptTreesTest, GoesThereAndBack) {
  bake("two");
  machines_.kept().swap("m");
  EXPECT_EQ(word(), "two");
  put_back_and_expect("one");
}

TEST_F(KeptTreesTest, NothingIsKeptWhereNothingWasSwapped) {
  bake("two");
  die_before_the_swap();
  EXPECT_FALSE(machines_.kept().has_old("m"));
  EXPECT_EQ(word(), "one");
}

TEST_F(KeptTreesTest, TheNextRunKeepsItAfterADeathBeforeTheSwap) {
  bake("two");
  die_before_the_swap();
  EXPECT_EQ(machines_.settle(stage_, "two", {}), Placement::kPlaced);
  EXPECT_EQ(word(), "two");
  put_back_and_expect("one");
}

TEST_F(KeptTreesTest, TheNextRunKeepsItAfterADeathRightAfterTheSwap) {
  bake("two");
  die_after_the_swap();
  EXPECT_EQ(machines_.settle(stage_, "two", {}), Placement::kPlaced);
  EXPECT_EQ(word(), "two");
  put_back_and_expect("one");
}

TEST_F(KeptTreesTest, ARunForSomethingElseKeepsItToo) {
  bake("two");
  die_after_the_swap();
  EXPECT_EQ(machines_.settle(stage_, "three", {}), std::nullopt);
  fs::remove_all(next());  // as whoever prepares the next tree does
  place("three");
  EXPECT_EQ(word(), "three");
  put_back_and_expect("one");
}

TEST_F(KeptTreesTest, GoesBackAtOnceAfterADeathRightAfterTheSwap) {
  bake("two");
  die_after_the_swap();
  put_back_and_expect("one");
}

TEST_F(KeptTreesTest, GoesBackWhereGoingBackHasDiedOnTheWay) {
  bake("two");
  machines_.kept().swap("m");
  bench_.write("state/m.nspawn.next", "# one\n");
  MachineState& machine = state_.machines.at("m");
  machine.pending.key = machine.old.key;
  machine.pending.identity = machine.old.identity;
  fs::rename(old(), next());
  put_back_and_expect("one");
}

TEST_F(KeptTreesTest, TheTreeThatServedLastStaysTheOldOne) {
  bake("two");
  machines_.kept().swap("m");  // and does not come back
  bake("three");
  machines_.kept().swap("m");
  EXPECT_EQ(word(), "three");
  put_back_and_expect("one");
}

TEST_F(KeptTreesTest, IsDroppedWhereTheNewOneServes) {
  bake("two");
  machines_.kept().swap("m");
  machines_.kept().drop_old();
  EXPECT_FALSE(machines_.kept().has_old("m"));
  EXPECT_FALSE(fs::exists(old()));
}

TEST_F(KeptTreesTest, IsGoneSoonAfterItWasDropped) {
  bake("two");
  machines_.kept().swap("m");
  machines_.kept().drop_old();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (fs::exists(gone()) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_FALSE(fs::exists(gone()));
}

TEST_F(KeptTreesTest, WhatAPowerCutLeftOfADroppedOneGoesWithTheNextSwap) {
  bench_.write("machines/.m.baker-gone/word", "zero");
  place("two");
  EXPECT_FALSE(fs::exists(gone()));
}

// Something is mounted in what lies there, say.
TEST_F(KeptTreesTest, WhatCannotBeRemovedDoesNotKeepTheNewOneFromBeingPlaced) {
  const HeldMount held(bench_.machines() / ".m.baker-gone/mnt");
  bake("two");
  machines_.kept().swap("m");
  EXPECT_EQ(word(), "two");
}

TEST_F(KeptTreesTest, AMachineThatCannotBeRemovedWholeIsNoLongerInItsPlace) {
  {
    const HeldMount held(bench_.machines() / "m/mnt");
    EXPECT_THROW(machines_.remove("m"), Error);
    EXPECT_FALSE(fs::exists(tree()));
    EXPECT_FALSE(machines_.in_place(stage_, "one", {}));
  }
  umount2((gone() + "/mnt").c_str(), MNT_DETACH);
  machines_.remove("m");
  EXPECT_FALSE(fs::exists(gone()));
}

// A folder in the place of the settings, which no file can replace.
TEST_F(KeptTreesTest, AMachineWhoseSettingsCouldNotBeWrittenIsNotInPlace) {
  const fs::path in_the_way = bench_.nspawn() / "m.nspawn";
  fs::remove(in_the_way);
  fs::create_directories(in_the_way / "folder");
  EXPECT_THROW(place("two"), Error);
  EXPECT_EQ(word(), "two");
  EXPECT_FALSE(machines_.in_place(stage_, "two", {}));
  EXPECT_TRUE(machines_.is_half_swapped("m"));

  fs::remove_all(in_the_way);
  EXPECT_EQ(machines_.settle(stage_, "two", {}), Placement::kPlaced);
  EXPECT_EQ(settings(), "# two\n");
  EXPECT_TRUE(machines_.in_place(stage_, "two", {}));
}

TEST_F(KeptTreesTest, ATreeDoesNotGetTheSettingsOfAnotherWhereItsOwnCouldNotBeKept) {
  fs::create_directories(bench_.state() / "m.nspawn.next/folder");
  EXPECT_THROW(place("two"), Error);
  EXPECT_FALSE(machines_.is_pending("m"));
  EXPECT_EQ(word(), "one");
  EXPECT_EQ(settings(), "# one\n");
}

TEST_F(KeptTreesTest, SettingsThatWereOnlyTouchedGoWithTheMachine) {
  fs::permissions(bench_.nspawn() / "m.nspawn", fs::perms::owner_read);
  EXPECT_EQ(machines_.remove("m"), "");
  EXPECT_FALSE(fs::exists(bench_.nspawn() / "m.nspawn"));
}

TEST_F(KeptTreesTest, SettingsThatSomebodyChangedAreKeptUnderAnotherName) {
  bench_.write("nspawn/m.nspawn", "# mine\n");
  const std::string kept = machines_.remove("m");
  EXPECT_EQ(kept, bench_.nspawn() / "m.nspawn.changed-by-hand");
  EXPECT_EQ(bench_.read("nspawn/m.nspawn.changed-by-hand"), "# mine\n");
  EXPECT_FALSE(fs::exists(bench_.nspawn() / "m.nspawn"));
}

TEST_F(KeptTreesTest, WhatAKillLeavesOfAMachineThatWasNeverPlacedBelongsToThePipeline) {
  Pipeline pipeline;
  pipeline.stages.push_back(stage_);
  pipeline.stages.back().options.insert_or_assign("machine", Value(std::string("n")));
  machines_.expect(pipeline);
  bench_.write("machines/.n.baker-next/half", "made");

  PipelineState after_the_kill = PipelineState::load(bench_.state()).value();
  Machines next_baker({bench_.machines(), bench_.nspawn(), bench_.state(), bench_.cache()},
                      after_the_kill, &lock_);
  EXPECT_THAT(next_baker.no_longer_described(Pipeline{}), ::testing::Contains("n"));
  pipeline.stages.back().options.insert_or_assign("machine", Value(std::string("renamed")));
  next_baker.expect(pipeline);
  EXPECT_FALSE(fs::exists(bench_.machines() / ".n.baker-next"));
  EXPECT_THAT(next_baker.no_longer_described(Pipeline{}),
              ::testing::UnorderedElementsAre("m", "renamed"));
}

TEST_F(KeptTreesTest, AnotherPipelineCannotMakeAMachineOfTheSameNameMeanwhile) {
  PipelineState other_state;
  const PipelineLock lock = *PipelineLock::try_take(bench_.path() / "other");
  Machines other({bench_.machines(), bench_.nspawn(), bench_.path() / "other", bench_.cache()},
                 other_state, &lock);
  EXPECT_THAT([&] { other.settle(stage_, "one", {}); },
              ThrowsMessage<Error>(HasSubstr("another pipeline makes a machine \"m\"")));
}

TEST_F(KeptTreesTest, AMachineThatAnotherPipelineWasFasterToPlaceIsLeftToIt) {
  PipelineState other_state;
  const PipelineLock lock = *PipelineLock::try_take(bench_.path() / "other");
  Machines other({bench_.machines(), bench_.nspawn(), bench_.path() / "other", bench_.cache()},
                 other_state, &lock);
  Pipeline pipeline;
  pipeline.stages.push_back(stage_);
  other.expect(pipeline);
  bake("two");
  EXPECT_FALSE(other.report().front().running);

  other.remove("m");
  EXPECT_TRUE(other.report().empty());
  EXPECT_EQ(word(), "one");
  EXPECT_TRUE(fs::exists(next())) << "the tree that waits there";
}

TEST_F(KeptTreesTest, ATreeThatIsNotWhereItBelongsIsNotPlaced) {
  bench_.write("elsewhere/word", "two");
  const std::string elsewhere = bench_.path() / "elsewhere";
  EXPECT_THAT(
      [&] {
        machines_.place({{stage_.name, "two", "m", elsewhere, "#\n", "copy"}});
      },
      ThrowsMessage<Error>(HasSubstr("is to be made in " + next())));
  EXPECT_THAT(
      [&] {
        machines_.place({{stage_.name, "two", "m", next(), "#\n", "copy"}});
      },
      ThrowsMessage<Error>(HasSubstr("made no tree for machine \"m\"")));
  EXPECT_EQ(word(), "one");
  EXPECT_TRUE(machines_.in_place(stage_, "one", {}));
}

TEST_F(KeptTreesTest, WhatStillCannotBeRemovedIsSaid) {
  const HeldMount held(bench_.machines() / ".m.baker-gone/mnt");
  EXPECT_THAT(machines_.kept().remove_left(0),
              ::testing::ElementsAre(HasSubstr("an old tree of machine \"m\" is left: removing ")));
}

TEST_F(KeptTreesTest, WhatAPowerCutLeftOfADroppedOneGoesWithTheMachine) {
  bench_.write("machines/.m.baker-gone/word", "zero");
  machines_.remove("m");
  EXPECT_FALSE(fs::exists(gone()));
}

TEST_F(KeptTreesTest, TheClaimOfAKilledBakerGoesWithTheNextRun) {
  MachineState& other = state_.machines["n"];
  other.name = "n";
  other.placed.identity = "1:2";
  const fs::path claim = bench_.write("machines/.n.baker-lock", "");
  machines_.expect(Pipeline());
  EXPECT_FALSE(fs::exists(claim));
}

}  // namespace
}  // namespace baker
