#include "engine/machines/rollout.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/error.h"
#include "engine/io/process.h"
#include "engine/machines/running.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Strings = std::vector<std::string>;

// Machines that start and stop at once.
class FakeHost : public MachineHost {
 public:
  std::string_view name() const override { return "fake"; }
  void start(const std::string& machine) override {
    told.push_back("start " + machine);
    running.insert(machine);
  }
  std::optional<pid_t> init_of(const std::string& machine) const override {
    return running.contains(machine) ? std::optional(inits.at(machine)) : std::nullopt;
  }
  bool runs(const std::string& machine) const override { return running.contains(machine); }
  bool is_ending(const std::string& machine) const override { return ending.contains(machine); }
  std::string how_it_ended(const std::string&) const override { return ""; }
  void power_off(const std::string& machine) override {
    told.push_back("stop " + machine);
    if (!stubborn.contains(machine)) running.erase(machine);
  }
  void end(const std::string& machine) override {
    told.push_back("kill " + machine);
    running.erase(machine);
    ending.erase(machine);
  }
  void clean_up(const std::string&) override {}

  std::set<std::string> running;
  std::map<std::string, pid_t> inits = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}};
  std::set<std::string> ending;
  std::set<std::string> stubborn;
  Strings told;
};

struct NoSink : EventSink {
  void on(const Event&) override {}
};

// Machines with a tree that holds a word.
class RolloutTest : public ::testing::Test {
 protected:
  void place(const std::string& name, const std::string& word = "old",
             const std::string& settings = "[Exec]\n") {
    const std::string next = bench_.machines() / ("." + name + ".baker-next");
    bench_.write("machines/." + name + ".baker-next/word", word);
    machines_.place({{"stage " + name, word, name, next, settings, "copy"}});
  }
  // While it runs: the new tree waits.
  void bake_again(const std::string& name, const std::string& word = "new") {
    const auto nspawn = NspawnLock::try_lock(bench_.machines(), name);
    place(name, word);
  }
  void run_three() {
    for (const char* name : {"a", "b", "c"}) {
      place(name);
      host_.running.insert(name);
    }
  }
  // As the command does.
  size_t up() {
    machines_.rollout().begin({});
    return rollout().up(all_).replaced;
  }
  size_t roll_back(const Strings& added = {}) { return rollout().roll_back(all_, added).replaced; }
  std::string word_of(const std::string& name) const {
    return bench_.read("machines/" + name + "/word");
  }
  Rollout rollout() {
    return {machines_, host_,
            [this] {
              ++asked_;
              if (!rebooting_.empty()) host_.inits[rebooting_] += 100;
              if (asked_ > holds_ && !holds_all_the_same())
                throw Error("the cluster does not serve");
              return Strings{"a"};
            },
            settings_, sink_};
  }

  bool holds_all_the_same() const {
    if (!holds_only_with_.empty())
      return std::ranges::all_of(
          all_, [this](const std::string& name) { return word_of(name) == holds_only_with_; });
    return !broken_.empty() && word_of(broken_) != "broken";
  }

  testing::Workbench bench_;
  PipelineState state_;
  PipelineLock lock_ = *PipelineLock::try_take(bench_.state());
  Machines machines_{
      {bench_.machines(), bench_.nspawn(), bench_.state(), bench_.cache()}, state_, &lock_};
  FakeHost host_;
  NoSink sink_;
  RolloutSettings settings_{{}, std::chrono::seconds(0), -1, false};
  int asked_ = 0;
  int holds_ = 1000;             // how many times the probe holds
  std::string broken_;           // or it does not while this machine's tree says so
  std::string rebooting_;        // whenever the system is asked
  std::string holds_only_with_;  // or does once all trees say this
  const Strings all_ = {"a", "b", "c"};
};

TEST_F(RolloutTest, StartsWhatDoesNotRun) {
  run_three();
  host_.running.erase("b");
  EXPECT_EQ(rollout().up(all_).started, 1u);
  EXPECT_THAT(host_.told, ElementsAre("start b"));
}

TEST_F(RolloutTest, StartsNothingWhereTheDataOfAMachineIsNotThere) {
  const std::string data = bench_.path() / "data";
  place("a");
  place("b", "old", "[Files]\nBind=" + data + ":/data\n");
  try {
    rollout().up({"a", "b"});
    FAIL() << "it went on";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("machine \"b\" needs " + data + " of the host"));
  }
  EXPECT_THAT(host_.told, IsEmpty());

  std::filesystem::create_directory(data);
  EXPECT_EQ(rollout().up({"a", "b"}).started, 2u);
}

TEST_F(RolloutTest, StartsWhatIsEndingOnceItIsGone) {
  run_three();
  host_.ending.insert("b");
  EXPECT_EQ(rollout().up(all_).started, 1u);
  EXPECT_THAT(host_.told, ElementsAre("kill b", "start b"));
}

TEST_F(RolloutTest, ReplacesOneAfterTheOtherAndTheOneThatProbesNameLast) {
  run_three();
  for (const std::string& name : all_) bake_again(name);
  EXPECT_EQ(word_of("a"), "old");
  EXPECT_EQ(up(), 3u);
  EXPECT_THAT(host_.told,
              ElementsAre("stop b", "start b", "stop c", "start c", "stop a", "start a"));
  EXPECT_EQ(word_of("a"), "new");
  EXPECT_EQ(asked_, 4);  // before the first, and after each
}

TEST_F(RolloutTest, ReplacesAllBeforeItAsksWhereThatIsWanted) {
  run_three();
  for (const std::string& name : all_) bake_again(name);
  settings_.parallel = true;
  EXPECT_EQ(up(), 3u);
  EXPECT_EQ(asked_, 1);  // after the last
}

TEST_F(RolloutTest, ReplacesAllOfASystemThatDoesNotServeWhereThatIsWanted) {
  run_three();
  place("b", "broken");
  for (const std::string& name : all_) bake_again(name);
  settings_.parallel = true;
  holds_ = 0;
  broken_ = "b";
  EXPECT_EQ(up(), 3u);
}

TEST_F(RolloutTest, StopsAtTheFirstThatDoesNotComeBackAndPutsItsOldTreeBackOnRequest) {
  run_three();
  for (const std::string& name : all_) bake_again(name);
  holds_ = 1;
  EXPECT_THROW(up(), Error);
  EXPECT_THAT(host_.told, ElementsAre("stop b", "start b"));
  EXPECT_EQ(word_of("b"), "new");
  EXPECT_EQ(word_of("c"), "old");

  holds_ = 1000;
  EXPECT_EQ(roll_back(), 1u);
  EXPECT_EQ(word_of("b"), "old");
  EXPECT_EQ(roll_back(), 0u);
}

// b has its new tree and serves, c has it and does not; a, the last, was not reached.
TEST_F(RolloutTest, PutsBackFirstWhatDoesNotServeAndThenOneAfterTheOther) {
  run_three();
  bake_again("b");
  bake_again("c", "broken");
  bake_again("a");
  broken_ = "c";
  holds_ = 2;
  EXPECT_THROW(up(), Error);
  host_.told.clear();
  asked_ = 0;
  holds_ = 0;

  EXPECT_EQ(roll_back(), 2u);
  EXPECT_THAT(host_.told, ElementsAre("stop c", "start c", "stop b", "start b"));
  EXPECT_EQ(asked_, 2);  // after each
  for (const std::string& name : all_) EXPECT_EQ(word_of(name), "old");
}

// Where half of the old trees is worth nothing, waiting for the system in between would never end.
TEST_F(RolloutTest, PutsAllBackAlsoWhereTheSystemServesOnlyWithAllOfThem) {
  run_three();
  for (const std::string& name : all_) bake_again(name);
  holds_ = 2;
  EXPECT_THROW(up(), Error);
  host_.told.clear();
  holds_only_with_ = "old";
  EXPECT_EQ(roll_back(), 2u);
  EXPECT_THAT(host_.told, ElementsAre("stop c", "start c", "stop b", "start b"));
  for (const std::string& name : all_) EXPECT_EQ(word_of(name), "old");
}

TEST_F(RolloutTest, EndsARollbackThoughTheSystemDoesNotServeAfterwards) {
  run_three();
  bake_again("b");
  holds_ = 1;
  EXPECT_THROW(up(), Error);
  EXPECT_THROW(roll_back(), Error);
  EXPECT_EQ(word_of("b"), "old");
  EXPECT_EQ(machines_.rollout().phase(), RolloutPhase::kEnded);
  EXPECT_EQ(roll_back(), 0u);
}

TEST_F(RolloutTest, GoesOnWhereARollbackWasInterrupted) {
  run_three();
  for (const std::string& name : all_) bake_again(name);
  holds_ = 2;
  EXPECT_THROW(up(), Error);
  machines_.rollout().begin_going_back();
  machines_.rollout().move({"c"}, MachineLife::kGivenUp);
  host_.running.erase("c");
  machines_.kept().put_old_back("c");

  holds_ = 1000;
  EXPECT_EQ(roll_back(), 2u);
  EXPECT_TRUE(host_.running.contains("c"));
  for (const std::string& name : all_) EXPECT_EQ(word_of(name), "old");
}

TEST_F(RolloutTest, BringsTheChangeAgainAfterARollback) {
  run_three();
  bake_again("b");
  holds_ = 1;
  EXPECT_THROW(up(), Error);
  holds_ = 1000;
  roll_back();
  bake_again("b");
  EXPECT_EQ(up(), 1u);
  EXPECT_EQ(word_of("b"), "new");
}

TEST_F(RolloutTest, StopsWhatWasAddedInTheSameChange) {
  run_three();
  bake_again("b");
  place("d");
  holds_ = 1;
  EXPECT_THROW(up(), Error);
  host_.running.insert("d");
  holds_ = 1000;
  EXPECT_EQ(rollout().roll_back(all_, {"d"}).stopped, 1u);
  EXPECT_FALSE(host_.running.contains("d"));
  EXPECT_EQ(word_of("b"), "old");
}

// Its old tree is gone: the others go back all the same.
TEST_F(RolloutTest, LeavesNoneWithItsNewTreeForOneThatCannotGoBack) {
  run_three();
  for (const std::string& name : all_) bake_again(name);
  holds_ = 3;
  EXPECT_THROW(up(), Error);
  std::filesystem::remove_all(bench_.machines() / ".b.baker-old");
  EXPECT_THROW(roll_back(), Error);
  EXPECT_EQ(word_of("a"), "old");
  EXPECT_EQ(word_of("b"), "new");
  EXPECT_EQ(word_of("c"), "old");
  EXPECT_THAT(host_.running, ElementsAre("a", "b", "c"));
}

// A change to what was there before the change that is under way.
TEST_F(RolloutTest, GoesBackToWhatServedAfterASecondChangeCameInBetween) {
  run_three();
  for (const std::string& name : all_) bake_again(name, "second");
  holds_ = 2;
  EXPECT_THROW(up(), Error);
  for (const std::string& name : all_) bake_again(name, "third");
  asked_ = 0;
  EXPECT_THROW(up(), Error);
  holds_ = 1000;
  roll_back();
  for (const std::string& name : all_) EXPECT_EQ(word_of(name), "old");
}

TEST_F(RolloutTest, StartsAMachineAgainThatCouldNotBeReplaced) {
  run_three();
  bake_again("b");
  std::filesystem::remove_all(bench_.machines() / ".b.baker-next");
  EXPECT_THROW(up(), Error);
  EXPECT_THAT(host_.told, ElementsAre("stop b", "start b"));
}

// It would write its data to where its old settings say, or into its own tree.
TEST_F(RolloutTest, DoesNotStartAMachineWhoseSettingsCouldNotBeWritten) {
  run_three();
  bake_again("a");
  const std::filesystem::path in_the_way = bench_.nspawn() / "a.nspawn";
  std::filesystem::remove(in_the_way);
  std::filesystem::create_directories(in_the_way / "folder");
  EXPECT_THROW(up(), Error);
  EXPECT_THAT(host_.told, ElementsAre("stop a"));

  std::filesystem::remove_all(in_the_way);
  rollout().up(all_);
  EXPECT_THAT(host_.told, ElementsAre("stop a", "start a"));
  EXPECT_EQ(bench_.read("nspawn/a.nspawn"), "[Exec]\n");
}

TEST_F(RolloutTest, SaysWhatAnInterruptionLeavesOfAMachineThatPowersOff) {
  run_three();
  bake_again("b");
  host_.stubborn = {"b"};
  settings_.stop_timeout = std::chrono::seconds(60);
  Pipe interrupted = make_pipe();
  interrupted.write_end.reset();  // readable, as the descriptor is once a signal has come
  settings_.interrupt_fd = interrupted.read_end.get();
  try {
    rollout().up(all_);
    FAIL() << "it waited";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInterrupted);
    EXPECT_THAT(error.describe(),
                ::testing::HasSubstr("b powers off; to start it again: baker up"));
  }
  EXPECT_EQ(word_of("b"), "old");
}

TEST_F(RolloutTest, GoesOnWhereAnUpWasInterrupted) {
  run_three();
  for (const std::string& name : all_) bake_again(name);
  holds_ = 2;
  EXPECT_THROW(up(), Error);
  holds_ = 1000;
  EXPECT_EQ(up(), 1u);
  for (const std::string& name : all_) EXPECT_EQ(word_of(name), "new");
  EXPECT_EQ(roll_back(), 0u) << "it has come to its end";
}

// Its init has been told to power off, and runs for a moment longer.
TEST_F(RolloutTest, DoesNotTakeAMachineForARunningOneThatAKilledUpWasStopping) {
  run_three();
  bake_again("b");
  machines_.rollout().move({"b"}, MachineLife::kReplacing);
  EXPECT_EQ(up(), 1u);
  EXPECT_THAT(host_.told, ElementsAre("stop b", "start b"));
  EXPECT_EQ(word_of("b"), "new");

  machines_.rollout().move({"c"}, MachineLife::kStopping);
  EXPECT_EQ(rollout().up(all_).started, 1u);
  EXPECT_THAT(host_.told, ElementsAre("stop b", "start b", "stop c", "start c"));
}

// b was the first to be replaced, by a tree that does not serve; now all get a third tree.
TEST_F(RolloutTest, ReplacesFirstWhatHasNotServedSinceItWasStarted) {
  run_three();
  for (const std::string& name : all_) bake_again(name, "broken");
  broken_ = "b";
  holds_ = 1;
  EXPECT_THROW(up(), Error);
  host_.told.clear();

  for (const std::string& name : all_) bake_again(name, "mended");
  EXPECT_EQ(up(), 3u);
  EXPECT_THAT(host_.told,
              ElementsAre("stop b", "start b", "stop c", "start c", "stop a", "start a"));
  for (const std::string& name : all_) EXPECT_EQ(word_of(name), "mended");
}

// Else a system that has lost one machine would lose another by being changed.
TEST_F(RolloutTest, LeavesAMachineThatHasServedAloneWhereTheSystemDoesNot) {
  run_three();
  bake_again("c");
  EXPECT_EQ(rollout().up({"a", "b"}).replaced, 0u);
  holds_ = 0;
  EXPECT_THROW(up(), Error);
  EXPECT_THAT(host_.told, ElementsAre());
  EXPECT_EQ(word_of("c"), "old");
}

TEST_F(RolloutTest, AsksAgainWhereAMachineRebootedWhileTheSystemWasAskedButNotForEver) {
  run_three();
  rebooting_ = "b";
  holds_ = 0;
  EXPECT_THROW(up(), Error);
  EXPECT_EQ(asked_, 2);
  EXPECT_THAT(host_.told, IsEmpty());
}

TEST_F(RolloutTest, StopsTheLastOnesTogetherAndKillsWhatDoesNotStop) {
  run_three();
  host_.stubborn = {"b"};
  EXPECT_THAT(rollout().down(all_, {"a"}), ElementsAre("b"));
  EXPECT_THAT(host_.told, ElementsAre("stop c", "stop b", "stop a", "kill b"));
}

}  // namespace
}  // namespace baker
