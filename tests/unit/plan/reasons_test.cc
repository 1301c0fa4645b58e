#include "tests/unit/plan/plan_fixture.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace baker {
namespace {

using ::testing::HasSubstr;
using testing::stage;
using ReasonsTest = testing::PlanFixture;

std::string chain(const std::string& text) {
  return stage("base", "thing", "text = \"" + text + "\"") +
         stage("middle", "thing", "from = \"base\"") + stage("top", "thing", "from = \"middle\"");
}

TEST_F(ReasonsTest, NeverBaked) {
  plan(stage("base", "thing"));
  EXPECT_EQ(why("base"), "never baked");
}

TEST_F(ReasonsTest, FollowTheRootDownToWhatChanged) {
  bake_all(chain("a"));
  plan(chain("b"));
  EXPECT_EQ(why("base"), "base changed: text a → b");
  EXPECT_EQ(why("top"), "base changed: text a → b");
}

TEST_F(ReasonsTest, FollowItToAStageThatTheCacheHas) {
  bake_all(stage("base", "thing", "text = \"a\""));
  bake_all(chain("b"));
  plan(chain("a"));
  EXPECT_EQ(planned("base").action, StageAction::kNothing);
  EXPECT_EQ(why("middle"), "base changed: text b → a");
}

TEST_F(ReasonsTest, NameTheOwnChangeOfAStageFirst) {
  bake_all(chain("a"));
  plan(chain("a") + "text = \"new\"\n");
  EXPECT_EQ(why("top"), "top changed: text added: new");
}

TEST_F(ReasonsTest, TellALeafOnceHoweverManyWaysLeadToIt) {
  auto diamond = [](const std::string& text) {
    return stage("base", "thing", "text = \"" + text + "\"") +
           stage("left", "thing", "from = \"base\"") + stage("right", "thing", "from = \"base\"") +
           stage("top", "thing", "from = [\"left\", \"right\"]");
  };
  bake_all(diamond("a"));
  plan(diamond("b"));
  EXPECT_EQ(why("top"), "base changed: text a → b");
}

TEST_F(ReasonsTest, TellAnInputAndAPlugin) {
  bench_.write("in.txt", "one");
  const std::string stages = stage("base", "thing", "input = \"in.txt\"");
  bake_all(stages);
  bench_.write("in.txt", "two!");
  bench_.write("plugins/thing", "another build");
  plan(stages);
  EXPECT_EQ(why("base"), "base changed: input in.txt changed, plugin changed");
}

TEST_F(ReasonsTest, TellThatTheCacheLostSomething) {
  bake_all(chain("a"));
  std::filesystem::remove(store_.record_path(planned("base").key->hex));
  plan(chain("a"));
  EXPECT_EQ(why("base"), "the cache no longer has base");
  EXPECT_EQ(why("top"), "the cache no longer has base");
}

TEST_F(ReasonsTest, TellThatALayerIsMissing) {
  bake_all(chain("a"));
  std::filesystem::remove_all(store_.layer_path(*planned("base").layer));
  plan(chain("a"));
  EXPECT_THAT(why("base"), HasSubstr("is missing"));
}

TEST_F(ReasonsTest, TellThatPinsMustBeResolved) {
  plan(stage("k", "pinned"));
  EXPECT_EQ(why("k"), "never baked; its pins must be resolved first");
}

TEST_F(ReasonsTest, TellOfAStageThatIsNewBelow) {
  bake_all(stage("top", "thing"));
  plan(stage("base", "thing") + stage("top", "thing", "from = \"base\""));
  EXPECT_EQ(why("top"), "base is new");
}

TEST_F(ReasonsTest, RememberWhatLastChangedEverywhereAbove) {
  bake_all(chain("a"));
  EXPECT_EQ(last_change("top"), "");
  bake_all(chain("b"));
  EXPECT_EQ(last_change("top"), "base changed: text a → b");
}

TEST_F(ReasonsTest, TellOfAStageThatTheCacheHasHowItDiffersFromTheLastRun) {
  bake_all(chain("a"));
  bake_all(chain("b"));
  EXPECT_EQ(change_since_last_run("top"), "");
  plan(chain("a"));
  EXPECT_EQ(planned("top").action, StageAction::kNothing);
  EXPECT_EQ(change_since_last_run("top"), "base changed: text b → a");
}

TEST_F(ReasonsTest, TellOtherPinsOnlyWhereNothingElseExplainsThem) {
  auto of_version = [](const std::string& version) {
    return stage("k", "pinned", "version = \"" + version + "\"");
  };
  for (const char* version : {"1", "2"}) {
    plan(of_version(version));
    pin("k", version);
    bake_all(of_version(version));
  }
  EXPECT_EQ(last_change("k"), "k changed: version 1 → 2");

  pin("k", "2.1");
  plan(of_version("2"));
  EXPECT_EQ(why("k"), "k changed: pins: k 2 → 2.1");
}

}  // namespace
}  // namespace baker
