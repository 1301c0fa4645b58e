#include "tests/unit/plan/plan_fixture.h"

namespace baker {
namespace {

using testing::stage;
using PlannerTest = testing::PlanFixture;

const std::string kBase = stage("base", "thing");
const std::string kTop = stage("top", "thing", "from = \"base\"");

TEST_F(PlannerTest, BakesWhatWasNeverBaked) {
  plan(kBase);
  EXPECT_EQ(planned("base").action, StageAction::kBake);
  EXPECT_TRUE(planned("base").key);
}

TEST_F(PlannerTest, TakesFromTheCacheWhatIsThere) {
  plan(kBase);
  bake("base", "layer");
  plan(kBase);
  EXPECT_EQ(planned("base").action, StageAction::kNothing);
  EXPECT_EQ(planned("base").layer, digest_of("layer"));
}

TEST_F(PlannerTest, KnowsNoKeyBeforeTheRootIsKnown) {
  plan(kBase + kTop);
  EXPECT_EQ(planned("top").action, StageAction::kDepends);
  EXPECT_FALSE(planned("top").key);
}

TEST_F(PlannerTest, BakesNothingAboveALayerThatStayedTheSame) {
  bake_all(kBase + kTop);
  const std::string other_base = stage("base", "thing", "text = \"other\"");
  plan(other_base + kTop);
  ASSERT_EQ(planned("base").action, StageAction::kBake);
  bake("base", "base{}");  // what it baked before
  plan(other_base + kTop);
  EXPECT_EQ(planned("top").action, StageAction::kNothing);
}

TEST_F(PlannerTest, BakesAboveALayerThatChanged) {
  bake_all(kBase + kTop);
  const std::string other_base = stage("base", "thing", "text = \"other\"");
  plan(other_base + kTop);
  bake("base", "something else");
  plan(other_base + kTop);
  EXPECT_EQ(planned("top").action, StageAction::kBake);
}

TEST_F(PlannerTest, KnowsAnUnsteadyLayerByItsActionKey) {
  const std::string unsteady = stage("base", "unsteady");
  plan(unsteady + kTop);
  bake("base", "one");
  plan(unsteady + kTop);
  const std::string key = planned("top").key->hex;
  bake("base", "two");
  plan(unsteady + kTop);
  EXPECT_EQ(planned("top").key->hex, key);
}

TEST_F(PlannerTest, CountsADamagedRecordAsAbsentAndSaysSo) {
  bake_all(kBase);
  bench_.write("cache/actions/" + planned("base").key->hex, "damage");
  plan(kBase);
  EXPECT_EQ(planned("base").action, StageAction::kBake);
  EXPECT_NE(planned("base").damage, "");
}

TEST_F(PlannerTest, ResolvesWhatHasNoPins) {
  plan(stage("k", "pinned"));
  EXPECT_TRUE(planned("k").must_resolve);
  EXPECT_FALSE(planned("k").key);
  EXPECT_EQ(planned("k").action, StageAction::kBake);
}

TEST_F(PlannerTest, UsesThePinsOfEachVersionInTurn) {
  for (const char* version : {"1", "2"}) {
    plan(stage("k", "pinned", "version = \"" + std::string(version) + "\""));
    ASSERT_TRUE(planned("k").must_resolve);
    pin("k", version);
  }
  plan(stage("k", "pinned", "version = \"1\""));
  ASSERT_FALSE(planned("k").must_resolve);
  EXPECT_EQ(planned("k").pins->pins[0].map()->at("version").plain(), "1");
}

TEST_F(PlannerTest, LeavesTheNotesOfPinsOutOfTheKey) {
  const std::string pinned = stage("k", "pinned");
  plan(pinned);
  pin("k", "1");
  plan(pinned);
  const std::string key = planned("k").key->hex;
  pin("k", "1", {}, "two sources were passed over");
  plan(pinned);
  EXPECT_EQ(planned("k").key->hex, key);
  EXPECT_TRUE(planned("k").pins->pins[0].map()->contains("note"));
}

TEST_F(PlannerTest, KeepsPinsWhereAnOptionChangedThatResolvingDoesNotLookAt) {
  plan(stage("k", "pinned", "text = \"a\""));
  pin("k", "1");
  plan(stage("k", "pinned", "text = \"b\""));
  EXPECT_FALSE(planned("k").must_resolve);
}

TEST_F(PlannerTest, CannotTellYetWhetherToResolveInARootThatIsNotBaked) {
  const std::string stages = kBase + stage("java", "apt", "from = \"base\"");
  plan(stages);
  EXPECT_EQ(planned("java").action, StageAction::kDepends);
  EXPECT_FALSE(planned("java").must_resolve);
}

TEST_F(PlannerTest, ResolvesAgainInAnotherRootWhereResolvingLooksAtIt) {
  const std::string java = stage("java", "apt", "from = \"base\"");
  plan(kBase + java);
  bake("base", "one");
  plan(kBase + java);
  pin("java", "17", {digest_of("one").hex()});
  plan(kBase + java);
  EXPECT_FALSE(planned("java").must_resolve);
  bake("base", "two");
  plan(kBase + java);
  EXPECT_TRUE(planned("java").must_resolve);
}

// a says 1, b changes it, c puts it back: what stands on c is not what stands on b.
TEST_F(PlannerTest, CountsTheTopmostOfEqualLayers) {
  const std::string stages = stage("a", "thing", "text = \"1\"") +
                             stage("b", "thing", "from = \"a\"\ntext = \"2\"") +
                             stage("c", "thing", "from = \"b\"\ntext = \"3\"") +
                             stage("on-b", "thing", "from = \"b\"\ntext = \"4\"") +
                             stage("on-c", "thing", "from = \"c\"\ntext = \"4\"");
  plan(stages);
  bake("a", "one");
  plan(stages);
  bake("b", "two");
  plan(stages);
  bake("c", "one");
  plan(stages);
  EXPECT_NE(planned("on-b").key->hex, planned("on-c").key->hex);
}

// Which layers stand on each other decides what is a conflict between them.
TEST_F(PlannerTest, TellsApartRootsWhoseLayersStandOnEachOtherInOtherWays) {
  const std::string apart = stage("a", "thing", "text = \"1\"") +
                            stage("b", "thing", "text = \"2\"") +
                            stage("top", "thing", "from = [\"a\", \"b\"]");
  plan(apart);
  bake("a", "one");
  plan(apart);
  bake("b", "two");
  plan(apart);
  const std::string key_apart = planned("top").key->hex;
  const std::string chained = stage("a", "thing", "text = \"1\"") +
                              stage("b", "thing", "from = \"a\"\ntext = \"2\"") +
                              stage("top", "thing", "from = [\"a\", \"b\"]");
  plan(chained);
  bake("b", "two");
  plan(chained);
  EXPECT_NE(planned("top").key->hex, key_apart);
}

TEST_F(PlannerTest, StacksEqualLayersOnce) {
  const std::string twins = stage("a", "thing", "text = \"1\"") +
                            stage("b", "thing", "text = \"2\"") +
                            stage("top", "thing", "from = [\"a\", \"b\"]");
  plan(twins);
  bake("a", "same");
  bake("b", "same");
  plan(twins);
  EXPECT_EQ(root_layers(parse_key_text(planned("top").key->text)).size(), 1u);
}

TEST_F(PlannerTest, LeavesAMachineThatIsInPlace) {
  const std::string stages = kBase + stage("m", "machine", "from = \"base\"");
  bake_all(stages);
  EXPECT_EQ(planned("m").action, StageAction::kApply);
  placed_ = planned("m").key->hex;
  plan(stages);
  EXPECT_EQ(planned("m").action, StageAction::kNothing);
}

TEST_F(PlannerTest, DoesNotCareForTheOrderOfOptions) {
  plan(stage("k", "pinned", "text = \"a\"\nversion = \"1\""));
  pin("k", "1");
  plan(stage("k", "pinned", "text = \"a\"\nversion = \"1\""));
  const std::string key = planned("k").key->hex;
  plan(stage("k", "pinned", "version = \"1\"\ntext = \"a\""));
  EXPECT_EQ(planned("k").key->hex, key);
}

TEST_F(PlannerTest, HasAnotherKeyForEverythingThatCounts) {
  bench_.write("in.txt", "one");
  const std::string with_input = stage("base", "thing", "input = \"in.txt\"");
  plan(with_input);
  const std::string before = planned("base").key->hex;
  bench_.write("in.txt", "two");
  plan(with_input);
  const std::string other_input = planned("base").key->hex;
  EXPECT_NE(other_input, before);
  bench_.write("plugins/thing", "another build");
  plan(with_input);
  const std::string other_plugin = planned("base").key->hex;
  EXPECT_NE(other_plugin, other_input);
  lock_.set_epoch(77);
  plan(with_input);
  EXPECT_NE(planned("base").key->hex, other_plugin);
}

}  // namespace
}  // namespace baker
