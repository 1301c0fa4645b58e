// What is said of a pipeline that is wrong.
#include "tests/unit/pipeline/pipeline_fixture.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace baker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using PipelineMistakes = testing::PipelineFixture;

TEST_F(PipelineMistakes, AreToldAllAtOnceInTheOrderOfTheFile) {
  const std::string text = mistakes(
      "[stage.a]\n"
      "uses = \"thng\"\n"
      "[stage.b]\n"
      "uses = \"thing\"\n"
      "txt = \"x\"\n"
      "count = \"three\"\n"
      "from = \"c\"\n"
      "text = \"${nobody}\"\n");
  EXPECT_EQ(std::ranges::count(text, '\n'), 4) << text;
  EXPECT_THAT(text, StartsWith("p.toml:4:8: unknown stage type \"thng\" (did you mean \"thing\"?)\n"
                               "p.toml:7:7: unknown option \"txt\" of stage \"b\" (thing) (did you "
                               "mean \"text\"?)\n"
                               "p.toml:8:9: option \"count\" takes an integer, not a string\n"
                               "p.toml:9:8: `from` of stage \"b\" names no stage: \"c\""));
  EXPECT_THAT(text, HasSubstr("p.toml:10:8: undefined \"${nobody}\""));
}

TEST_F(PipelineMistakes, OfSyntaxHaveTheirPlace) {
  EXPECT_THAT(mistakes("[stage.a\n"), StartsWith("p.toml:3:"));
}

TEST_F(PipelineMistakes, OfAForEachAreToldOnce) {
  const std::string text = mistakes(stage("s", "for-each = \"1..9\"\nnope = 1"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 0) << text;
}

TEST_F(PipelineMistakes, AnUndefinedNameInFromIsToldOnce) {
  const std::string text = mistakes(stage("a", "from = \"${nobody}\""));
  EXPECT_THAT(text, HasSubstr("undefined \"${nobody}\""));
  EXPECT_EQ(std::ranges::count(text, '\n'), 0) << text;
}

TEST_F(PipelineMistakes, ParamsDoNotMeanOtherParams) {
  EXPECT_THAT(mistakes("[params]\na = \"x\"\nb = \"${a}\"\n" + stage("s")),
              HasSubstr("p.toml:5:5: the default of param \"b\" is used literally"));
}

TEST_F(PipelineMistakes, ACircleIsToldWithAllItsStages) {
  EXPECT_THAT(mistakes(stage("a", "from = \"c\"") + stage("b", "from = \"a\"") +
                       stage("c", "needs = \"b\"")),
              HasSubstr("a → c → b → a"));
}

TEST_F(PipelineMistakes, AStageThatStandsOnItselfIsACircle) {
  EXPECT_THAT(mistakes(stage("a", "from = \"a\"")), HasSubstr("a → a"));
}

TEST_F(PipelineMistakes, TwoStagesOfOneName) {
  EXPECT_THAT(mistakes(stage("a", "for-each = [\"x\", \"x\"]")),
              HasSubstr("two stages are called \"a.x\""));
}

TEST_F(PipelineMistakes, NumbersOutOfRange) {
  EXPECT_THAT(mistakes(stage("a", "count = 0")), HasSubstr("must be at least 1"));
  EXPECT_THAT(mistakes(stage("a", "count = 10")), HasSubstr("must be at most 9"));
}

TEST_F(PipelineMistakes, TextThatDoesNotMatch) {
  EXPECT_THAT(mistakes(stage("a", "size = \"10kB\"")), HasSubstr("can't be \"10kB\""));
  EXPECT_THAT(mistakes(stage("a", "color = \"grean\"")),
              HasSubstr("can't be \"grean\" (did you mean \"green\"?)"));
}

TEST_F(PipelineMistakes, TypesThatDoNotFit) {
  EXPECT_THAT(mistakes(stage("a", "on = \"true\"")), HasSubstr("takes true or false"));
  EXPECT_THAT(mistakes(stage("a", "names = \"x\"")), HasSubstr("takes a list"));
  EXPECT_THAT(mistakes(stage("a", "values = [\"x\"]")), HasSubstr("takes a table"));
  EXPECT_THAT(mistakes(stage("a", "text = 3")), HasSubstr("takes a string, not an integer"));
  EXPECT_THAT(mistakes(stage("a", "text = 3.5")), HasSubstr("a value must be a string"));
}

TEST_F(PipelineMistakes, OptionsThatDoNotGoTogether) {
  types_.add("choosy",
             "exactly-one = [[\"run\", \"file\"]]\nat-least-one = [[\"name\", \"id\"]]\n"
             "[option.run]\n[option.file]\n[option.name]\n[option.id]\nneeds = [\"run\"]\n");
  const auto choosy = [](const std::string& options) {
    return "[stage.a]\nuses = \"choosy\"\n" + options;
  };
  EXPECT_THAT(mistakes(choosy("run = \"a\"\nfile = \"b\"\nid = \"c\"\n")),
              HasSubstr("takes only one of \"run\", \"file\""));
  EXPECT_THAT(mistakes(choosy("name = \"a\"\n")), HasSubstr("needs one of \"run\", \"file\""));
  EXPECT_THAT(mistakes(choosy("run = \"a\"\n")),
              HasSubstr("needs at least one of \"name\", \"id\""));
  EXPECT_THAT(mistakes(choosy("file = \"a\"\nid = \"b\"\n")),
              HasSubstr("option \"id\" needs \"run\" beside it"));
}

TEST_F(PipelineMistakes, WithinTablesOfAList) {
  EXPECT_THAT(mistakes(stage("a", "parts = [{ id = 1, nam = \"x\" }]")),
              HasSubstr("unknown option \"nam\" of parts[0] (did you mean \"name\"?)"));
}

TEST_F(PipelineMistakes, RootsWhereThereMayBeNoneAndNoneWhereThereMust) {
  EXPECT_THAT(mistakes("[stage.a]\nuses = \"above\"\n"), HasSubstr("needs a root"));
  EXPECT_THAT(mistakes(stage("a") + "[stage.b]\nuses = \"alone\"\nfrom = \"a\"\n"),
              HasSubstr("takes no `from`"));
  EXPECT_THAT(mistakes("[stage.h]\nuses = \"host\"\n" + stage("a", "from = \"h\"")),
              HasSubstr("which bakes no layer"));
}

TEST_F(PipelineMistakes, InputsThatAreNotThere) {
  EXPECT_THAT(mistakes(stage("a", "input = \"nothing.txt\"")),
              AllOf(StartsWith("p.toml:5:9:"), HasSubstr("there is no \"nothing.txt\"")));
}

TEST_F(PipelineMistakes, NamesThatAreTaken) {
  EXPECT_THAT(mistakes("[params]\neach = 1\n" + stage("a")), HasSubstr("the name is taken"));
}

TEST_F(PipelineMistakes, NoStagesAndNoUses) {
  EXPECT_THAT(mistakes(""), HasSubstr("the pipeline has no stages"));
  EXPECT_THAT(mistakes("[stage.a]\ntext = \"x\"\n"), HasSubstr("needs `uses`"));
}

TEST_F(PipelineMistakes, ABraceThatIsNeverClosed) {
  EXPECT_THAT(mistakes(stage("a", "text = \"x${y\"")), HasSubstr("\"${\" without \"}\""));
}

TEST_F(PipelineMistakes, TextWithANul) {
  EXPECT_THAT(mistakes(stage("s", "text = \"a\\u0000b\"")),
              HasSubstr("p.toml:5:8: text can't contain a NUL character"));
}

TEST_F(PipelineMistakes, APathThatIsEmpty) {
  EXPECT_THAT(mistakes(stage("s", "input = \"\"")),
              HasSubstr("option \"input\" is a path, and empty"));
}

}  // namespace
}  // namespace baker
