#include "tests/unit/pipeline/pipeline_fixture.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using PipelineReader = testing::PipelineFixture;

constexpr const char* kUses = "uses = \"thing\"\n";

TEST_F(PipelineReader, PutsParamsIntoText) {
  EXPECT_EQ(option("text", "\"${a}-${b}\"", "a = \"x\"\nb = 3\n").plain(), "x-3");
}

TEST_F(PipelineReader, KeepsTheTypeOfAnExactReference) {
  EXPECT_EQ(option("count", "\"${n}\"", "n = 3\n"), Value(std::int64_t{3}));
  EXPECT_EQ(option("on", "\"${b}\"", "b = true\n"), Value(true));
  EXPECT_EQ(option("names", "\"${l}\"", "l = [\"a\", \"b\"]\n").canonical(), R"(["a","b"])");
}

TEST_F(PipelineReader, MakesTextOfANumberWhereTextIsWanted) {
  EXPECT_EQ(option("text", "\"${n}\"", "n = 3\n"), Value(std::string("3")));
}

TEST_F(PipelineReader, TakesADoubledDollarForALiteralOne) {
  EXPECT_EQ(option("text", "\"$${a}\"", "a = \"x\"\n").plain(), "${a}");
  EXPECT_EQ(option("text", "\"$a costs 3$\"").plain(), "$a costs 3$");
}

TEST_F(PipelineReader, LeavesScriptsAlone) {
  EXPECT_EQ(option("script", "\"echo ${HOME} $${x}\"").plain(), "echo ${HOME} $${x}");
}

TEST_F(PipelineReader, ReadsASettingAsTheTypeOfItsDefault) {
  EXPECT_EQ(option("count", "\"${n}\"", "n = 3\n", {"n=7"}), Value(std::int64_t{7}));
  EXPECT_EQ(option("text", "\"${t}\"", "t = \"\"\n", {"t=4.10=x"}).plain(), "4.10=x");
  EXPECT_EQ(option("on", "\"${b}\"", "b = true\n", {"b=false"}), Value(false));
  EXPECT_EQ(option("names", "\"${l}\"", "l = []\n", {"l=[\"z\"]"}).canonical(), R"(["z"])");
}

TEST_F(PipelineReader, RefusesASettingOfAnotherType) {
  const std::string body = "[params]\nn = 3\nb = true\nl = []\n" + stage("s");
  const std::string text =
      mistakes(body, {"n=4x", "b=yes", "l=z", "l=[]\nk=1", "m=1", "n", "n=\xff"});
  EXPECT_THAT(text, HasSubstr("--set n=4x: the param takes an integer"));
  EXPECT_THAT(text, HasSubstr("--set b=yes: the param takes true or false"));
  EXPECT_THAT(text, HasSubstr("--set l=z: the param takes a list in TOML"));
  EXPECT_THAT(text, HasSubstr("k=1: the param takes a list in TOML"));
  EXPECT_THAT(text, HasSubstr("the param takes text in UTF-8"));
  EXPECT_THAT(text, HasSubstr("--set m=1: the pipeline has no param \"m\""));
  EXPECT_THAT(text, HasSubstr("--set n: give it as NAME=VALUE"));
}

TEST_F(PipelineReader, PreservesInputsWhereThereAreAny) {
  EXPECT_THAT(mistakes(stage("s", "preserve = true")),
              HasSubstr("`preserve` of stage \"s\" is about inputs, and it has none"));
  EXPECT_THAT(mistakes(stage("s", "preserve = 1")), HasSubstr("takes true or false"));
}

TEST_F(PipelineReader, UnrollsARange) {
  const Pipeline pipeline =
      read("[params]\nn = 3\n" + stage("s", "for-each = \"1..${n}\"\ncount = \"${each}\""));
  EXPECT_THAT(names_of(pipeline), ElementsAre("s.1", "s.2", "s.3"));
  EXPECT_EQ(pipeline.find("s.2")->options.at("count"), Value(std::int64_t{2}));
}

TEST_F(PipelineReader, UnrollsAList) {
  const Pipeline pipeline = read(stage("s", "for-each = [\"x\", 7]\ntext = \"${each}\""));
  EXPECT_THAT(names_of(pipeline), ElementsAre("s.x", "s.7"));
}

TEST_F(PipelineReader, UnrollsNothingWhereThereIsNothing) {
  const Pipeline pipeline = read(stage("a", "for-each = \"1..0\"") + stage("b", "for-each = []") +
                                 stage("c", "from = [\"a\", \"b\"]"));
  EXPECT_THAT(names_of(pipeline), ElementsAre("c"));
}

TEST_F(PipelineReader, RefusesRangesWithoutEnd) {
  EXPECT_THAT(mistakes(stage("s", "for-each = \"-9223372036854775808..9223372036854775807\"")),
              HasSubstr("repeats more than"));
  EXPECT_THAT(mistakes(stage("s", "for-each = \"1..\"")), HasSubstr("not something to repeat for"));
}

TEST_F(PipelineReader, RunsToTheLargestNumber) {
  const std::string largest = "9223372036854775807";
  EXPECT_THAT(names_of(read(stage("s", "for-each = \"" + largest + ".." + largest + "\""))),
              ElementsAre("s." + largest));
}

TEST_F(PipelineReader, RepeatsElementsOfAList) {
  EXPECT_EQ(option("names", R"(["first", { for-each = "1..${n}", value = "n${each}" }])", "n = 2\n")
                .canonical(),
            R"(["first","n1","n2"])");
}

TEST_F(PipelineReader, RepeatsTablesOfAList) {
  EXPECT_EQ(option("parts", R"([{ for-each = [4, 5], value = { id = "${each}" } }])").canonical(),
            R"([{"id":4,"name":"part"},{"id":5,"name":"part"}])");
}

TEST_F(PipelineReader, ReachesTheParamsFromWithinAStage) {
  const Pipeline pipeline =
      read("[params]\nt = \"x\"\n" +
           stage("s", "for-each = \"1..1\"\ntext = \"${t}${each}${pipeline}\""));
  EXPECT_EQ(pipeline.find("s.1")->options.at("text").plain(), "x1p");
}

TEST_F(PipelineReader, PutsParamsIntoTheKeysOfAMap) {
  EXPECT_EQ(option("values", R"({ "/${a}" = "v" })", "a = \"x\"\n").canonical(), R"({"/x":"v"})");
}

TEST_F(PipelineReader, RefusesKeysOfAMapThatBecomeOne) {
  EXPECT_THAT(
      mistakes("[params]\na = \"x\"\n" + stage("s", R"(values = { "${a}" = "1", "x" = "2" })")),
      HasSubstr("two keys of option \"values\" are \"x\""));
}

TEST_F(PipelineReader, TakesAGroupForAllItsStages) {
  const Pipeline pipeline =
      read(stage("node", "for-each = \"1..2\"") + stage("top", "from = \"node\"") +
           "[stage.after]\nuses = \"host\"\nneeds = \"node\"\n");
  EXPECT_THAT(root_of(pipeline, "top"), ElementsAre("node.1", "node.2"));
  EXPECT_EQ(pipeline.find("after")->needs.size(), 2u);
  EXPECT_TRUE(pipeline.find("after")->root.empty());
}

TEST_F(PipelineReader, StacksRootsLeftToRightEachLayerOnce) {
  const Pipeline pipeline =
      read(stage("base") + stage("b", "from = \"base\"") + stage("c", "from = \"base\"") +
           stage("alone") + stage("top", "from = [\"c\", \"alone\", \"b\", \"base\"]"));
  EXPECT_THAT(root_of(pipeline, "top"), ElementsAre("base", "c", "alone", "b"));
}

TEST_F(PipelineReader, SortsStagesBehindThoseTheyStandOn) {
  const Pipeline pipeline = read(stage("top", "from = \"middle\"") +
                                 stage("middle", "needs = \"bottom\"") + stage("bottom"));
  EXPECT_THAT(names_of(pipeline), ElementsAre("bottom", "middle", "top"));
}

TEST_F(PipelineReader, StacksAsManyLayersAsOverlayfsTakesAndNoMore) {
  const std::string many = stage("s", "for-each = \"1..498\"");
  EXPECT_EQ(root_of(read(many + stage("top", "from = \"s\"")), "top").size(), 498u);
  EXPECT_THAT(mistakes(many + stage("extra") + stage("top", "from = [\"s\", \"extra\"]")),
              HasSubstr("more than 498 layers"));
}

TEST_F(PipelineReader, DeclaresInputsWithThePlaceThatTheyHave) {
  bench_.write("data.txt", "");
  const Pipeline pipeline = read(stage("s", "input = \"data.txt\""));
  const Stage* s = pipeline.find("s");
  ASSERT_EQ(s->inputs.size(), 1u);
  EXPECT_THAT(s->inputs[0].where, ElementsAre("input"));
  EXPECT_EQ(pipeline.input_path(s->inputs[0]), bench_.path() / "data.txt");
}

TEST_F(PipelineReader, TakesATimeoutFromAParam) {
  const Pipeline pipeline = read("[params]\nlong = 7200\n" + stage("s", "timeout = \"${long}\""));
  EXPECT_EQ(pipeline.find("s")->timeout_seconds, 7200);
}

class LikeAnother : public testing::PipelineFixture {
 protected:
  Pipeline read_like(const std::string& params) {
    bench_.write("base/base.toml", "[pipeline]\nname = \"base\"\n[params]\nwho = \"you\"\nn = 1\n" +
                                       stage("s", "text = \"${who} in ${pipeline}\""));
    bench_.write("like.toml",
                 "[pipeline]\nname = \"like-${who}\"\nlike = \"base/base.toml\"\n" + params);
    return read_pipeline(bench_.path() / "like.toml", {"n=3"}, types_);
  }
  std::string mistake_in(const std::string& params) {
    try {
      read_like(params);
    } catch (const Error& error) {
      return error.describe();
    }
    return "";
  }
};

TEST_F(LikeAnother, APipelineHasTheStagesOfTheOtherAndParamsOfItsOwn) {
  const Pipeline pipeline = read_like("[params]\nwho = \"me\"\n");
  EXPECT_EQ(pipeline.name, "like-me");
  EXPECT_EQ(pipeline.find("s")->options.at("text").plain(), "me in like-me");
  EXPECT_EQ(pipeline.params.at("n"), Value(std::int64_t{3}));
}

TEST_F(LikeAnother, ItsInputsLieBesideTheStages) {
  EXPECT_EQ(read_like("").folder, (bench_.path() / "base").string());
}

TEST_F(LikeAnother, AParamThatTheOtherDoesNotHaveIsAMistake) {
  EXPECT_THAT(mistake_in("[params]\nwo = \"me\"\n"),
              ::testing::AllOf(HasSubstr("like.toml:5:6"), HasSubstr("has no param \"wo\""),
                               HasSubstr("did you mean \"who\"?")));
}

TEST_F(LikeAnother, AParamOfAnotherTypeIsAMistake) {
  EXPECT_THAT(mistake_in("[params]\nwho = 3\n"), HasSubstr("param \"who\" takes"));
}

TEST_F(LikeAnother, StagesOfItsOwnAreAMistake) {
  EXPECT_THAT(mistake_in(stage("t")), HasSubstr("unknown key \"stage\""));
}

}  // namespace
}  // namespace baker
