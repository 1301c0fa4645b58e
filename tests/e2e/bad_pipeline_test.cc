// A pipeline with mistakes: all of them are told in one go, each with its place, and nothing runs.
#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class BadPipelineTest : public ::testing::Test {
 protected:
  Outcome plan(const std::string& text, std::vector<std::string> options = {}) {
    bench_.write("p.toml", text);
    options.insert(options.begin(), {"plan", "p.toml"});
    return bench_.baker(options);
  }
  std::string mistakes(const std::string& stages, const std::vector<std::string>& options = {}) {
    const Outcome planned =
        plan("[pipeline]\nname = \"bad\"\n[params]\nnodes = 3\nname = \"x\"\n" + stages, options);
    EXPECT_EQ(planned.exit_status, 2) << planned.all();
    EXPECT_EQ(planned.out, "");
    return planned.err;
  }

  const Workbench bench_;
};

TEST_F(BadPipelineTest, AllMistakesAreToldAtOnceInTheOrderOfTheFile) {
  const Outcome planned = plan(R"([pipeline]
name = "bad"
colour = "red"
[params]
nodes = 3
[stage.base]
uses = "fils"
[stage.one]
uses = "files"
directores = {}
symlinks = { "/a" = 7 }
directories = { "/${noodes}" = {} }
[stage.two]
uses = "script"
from = "three"
run = "true"
[stage.three]
uses = "script"
from = "two"
run = "true"
[stage.four]
for-each = [1, 1]
uses = "files"
)",
                               {"--set", "node=4", "--set", "nodes=many"});
  EXPECT_EQ(planned.exit_status, 2);
  EXPECT_EQ(planned.err,
            "baker: --set node=4: the pipeline has no param \"node\" (did you mean \"nodes\"?)\n"
            "--set nodes=many: the param takes an integer\n"
            "p.toml:3:1: unknown key \"colour\" in [pipeline] (there are: name, like)\n"
            "p.toml:7:8: unknown stage type \"fils\" (did you mean \"files\"?)\n"
            "p.toml:10:14: unknown option \"directores\" of stage \"one\" (files) (did you mean "
            "\"directories\"?)\n"
            "p.toml:11:21: option \"symlinks\" takes a string, not an integer\n"
            "p.toml:12:32: undefined \"${noodes}\" (did you mean \"nodes\"?)\n"
            "p.toml:13:8: stages depend on each other in a cycle: two → three → two (take one of "
            "these out of `from` or `needs`)\n"
            "p.toml:21:8: two stages are called \"four.1\"\n");
}

TEST_F(BadPipelineTest, NothingRunsAndNothingIsMade) {
  bench_.write("p.toml", "[pipeline]\nname = \"bad\"\n[stage.a]\nuses = \"fils\"\n");
  EXPECT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 2);
  for (const fs::path& folder : {bench_.cache(), bench_.state(), bench_.machines(), bench_.nspawn(),
                                 bench_.path() / "p.lock.toml"}) {
    EXPECT_FALSE(fs::exists(folder)) << folder;
  }
}

TEST_F(BadPipelineTest, ASyntaxErrorIsToldWithItsPlace) {
  EXPECT_EQ(plan("[pipeline]\nname = \"bad\"\n[stage.a\n").err,
            "baker: p.toml:3:9: not TOML: table header: expected ']', saw '\\n'\n");
}

TEST_F(BadPipelineTest, TwoStagesWithOneName) {
  const Outcome planned = plan(
      "[pipeline]\nname = \"bad\"\n[stage.a]\nuses = \"files\"\n[stage.a]\nuses = \"files\"\n");
  EXPECT_EQ(planned.exit_status, 2);
  EXPECT_THAT(planned.err, AllOf(HasSubstr("p.toml:5:1: "), HasSubstr("'stage.a'"),
                                 HasSubstr("every name is used once")));
}

TEST_F(BadPipelineTest, AStageThatStandsOnNothing) {
  EXPECT_THAT(mistakes("[stage.base]\nuses = \"files\"\n"
                       "[stage.node]\nuses = \"files\"\nfrom = [\"bsae\"]\nneeds = \"${nme}\"\n"),
              AllOf(HasSubstr("p.toml:10:9: `from` of stage \"node\" names no stage: \"bsae\" (did "
                              "you mean \"base\"?)"),
                    HasSubstr("p.toml:11:9: undefined \"${nme}\" (did you mean \"name\"?)")));
}

TEST_F(BadPipelineTest, AStageThatNeedsARootAndHasNone) {
  EXPECT_THAT(mistakes("[stage.it]\nuses = \"script\"\nrun = \"true\"\n"),
              HasSubstr("p.toml:6:8: stage \"it\" (script) needs a root (name the stages that it "
                        "stands on in `from`)"));
}

TEST_F(BadPipelineTest, OptionsThatAreMissingOrCannotBe) {
  EXPECT_THAT(mistakes("[stage.base]\nuses = \"files\"\ntimeout = \"soon\"\n"
                       "[stage.m]\nuses = \"snapshot\"\nfrom = \"base\"\nbridge = \"br/0\"\n"),
              AllOf(HasSubstr("p.toml:8:11: `timeout` of stage \"base\" takes seconds"),
                    HasSubstr("p.toml:9:8: stage \"m\" (snapshot) needs \"machine\""),
                    HasSubstr("p.toml:12:10: option \"bridge\" can't be \"br/0\"")));
}

TEST_F(BadPipelineTest, TwoStagesThatMakeOneMachine) {
  EXPECT_THAT(mistakes("[stage.base]\nuses = \"files\"\n"
                       "[stage.a]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n"
                       "[stage.b]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n"),
              HasSubstr("p.toml:15:11: stages \"a\" and \"b\" have the same machine: \"m\""));
}

TEST_F(BadPipelineTest, ADeclaredInputThatIsNotThere) {
  EXPECT_THAT(
      mistakes("[stage.it]\nuses = \"files\"\n"
               "files = { \"/etc/motd\" = { source = \"motd\" } }\n"),
      HasSubstr("p.toml:8:36: there is no \"motd\" (" + (bench_.path() / "motd").string() + ")"));
}

TEST_F(BadPipelineTest, WhatOptionsHaveToLookLikeAndGoTogetherIsKnownBeforeTheBake) {
  bench_.write("root.tar", "");
  const std::string told = mistakes(R"([stage.base]
uses = "rootfs"
sources = [{ tar = "root.tar", mmdebstrap = "jammy" }, { url = "http://x", variant = "apt" }]
[stage.files]
uses = "files"
from = "base"
[stage.files.files]
"../x" = { content = "a" }
"etc/motd" = { content = "a" }
"/etc/issue" = { mode = "9" }
[stage.script]
uses = "script"
from = "base"
[stage.machine]
uses = "snapshot"
from = "base"
machine = "m"
gateway = "10.88.0.300"
bind = { "data" = "data" }
)");
  EXPECT_THAT(told,
              AllOf(HasSubstr("p.toml:8:12: sources[0] takes only one of \"oci\", \"url\", "
                              "\"mmdebstrap\", \"tar\""),
                    HasSubstr("option \"variant\" needs \"mmdebstrap\" beside it"),
                    HasSubstr("option \"files\" can't be \"../x\": it is not an absolute path "
                              "inside the root, such as \"/etc/motd\""),
                    HasSubstr("option \"files\" can't be \"etc/motd\": it is not an absolute")));
  EXPECT_THAT(told,
              AllOf(HasSubstr("files[/etc/issue] needs one of \"source\", \"content\""),
                    HasSubstr("option \"mode\" can't be \"9\": it is not an octal mode"),
                    HasSubstr("stage \"script\" (script) needs one of \"run\", \"file\""),
                    HasSubstr("option \"gateway\" needs \"address\" beside it"),
                    HasSubstr("\"10.88.0.300\": it is not an IPv4 address"),
                    HasSubstr("option \"bind\" can't be \"data\": it is not an absolute path")));
}

TEST_F(BadPipelineTest, ForEachOverNothingThatRepeats) {
  EXPECT_THAT(
      mistakes("[stage.it]\nfor-each = \"1-3\"\nuses = \"files\"\n"),
      HasSubstr("p.toml:7:12: \"1-3\" is not something to repeat for (a range like \"1..3\", or "
                "a list)"));
}

TEST_F(BadPipelineTest, APipelineThatIsNotThere) {
  const Outcome planned = bench_.baker({"plan", "nowhere.toml"});
  EXPECT_EQ(planned.exit_status, 2);
  EXPECT_EQ(
      planned.err,
      "baker: there is no pipeline file \"nowhere.toml\", and no pipeline of that name was run "
      "here\n");
}

TEST_F(BadPipelineTest, AStageOrATypeThatIsNotThere) {
  bench_.write("p.toml", "[pipeline]\nname = \"p\"\n[stage.kafka]\nuses = \"files\"\n");
  const Outcome unknown_stage = bench_.baker({"why", "p.toml", "kafak"});
  EXPECT_EQ(unknown_stage.exit_status, 2);
  EXPECT_EQ(unknown_stage.err, "baker: p.toml has no stage \"kafak\" (did you mean \"kafka\"?)\n");
  EXPECT_THAT(bench_.baker({"stages", "fils"}).err, HasSubstr("did you mean \"files\"?"));
}

TEST_F(BadPipelineTest, AKeyOfThousandsOfPartsIsRefusedWhereverItComesFrom) {
  std::string key = "a";
  for (int i = 0; i < 30'000; ++i) key += ".a";
  EXPECT_THAT(mistakes("[stage.s]\nuses = \"files\"\n" + key + " = 1\n"),
              HasSubstr("a key of more than 100 parts"));
  const std::string head =
      "[pipeline]\nname = \"bad\"\n[params]\nl = []\n[stage.s]\nuses = \"files\"\n";
  EXPECT_EQ(plan(head, {"--set", "l=[{" + key + "=1}]"}).exit_status, 2);
  bench_.write("p.lock.toml", "format = 1\n" + key + " = 1\n");
  EXPECT_EQ(plan(head).exit_status, 2);
}

TEST_F(BadPipelineTest, MistakesWithoutEndAreToldInPart) {
  std::string stages;
  for (int i = 0; i < 5000; ++i) stages += "[stage.s" + std::to_string(i) + "]\nuses = \"nope\"\n";
  const std::string told = mistakes(stages);
  EXPECT_THAT(told, HasSubstr("more; nothing was read after them"));
  EXPECT_LT(told.size(), 100'000u);
}

TEST_F(BadPipelineTest, StagesWithoutEndAreRefused) {
  EXPECT_THAT(mistakes("[stage.s]\nfor-each = \"1..1000000\"\nuses = \"files\"\n"),
              HasSubstr("\"1..1000000\" repeats more than 100000 times"));
  EXPECT_THAT(mistakes("[stage.s]\nfor-each = \"1..60000\"\nuses = \"files\"\n"
                       "[stage.t]\nfor-each = \"1..60000\"\nuses = \"files\"\n"),
              HasSubstr("the pipeline has more than 100000 stages"));
}

TEST_F(BadPipelineTest, WhatIsNoFileIsNotRead) {
  const Outcome endless = plan("[pipeline]\nname = \"x\"\nlike = \"/dev/zero\"\n");
  EXPECT_EQ(endless.exit_status, 2);
  EXPECT_THAT(endless.err, HasSubstr("/dev/zero: it is not a regular file"));
  std::ofstream(bench_.path() / "huge.toml");
  fs::resize_file(bench_.path() / "huge.toml", 1UL << 40);
  EXPECT_THAT(bench_.baker({"plan", "huge.toml"}).err,
              HasSubstr("it has 1.1 TB, and a pipeline at most 16 MB"));
}

}  // namespace
}  // namespace baker::testing
