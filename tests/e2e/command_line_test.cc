// What a user types, rightly and wrongly.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class CommandLine : public ::testing::Test {
 protected:
  CommandLine() {
    bench_.write("web/web.toml", "[pipeline]\nname = \"web\"\n[stage.site]\nuses = \"files\"\n");
  }
  std::string mistake(const std::vector<std::string>& words) const {
    const Outcome refused = bench_.baker(words);
    EXPECT_EQ(refused.exit_status, 2) << refused.all();
    EXPECT_EQ(refused.out, "");
    return refused.err;
  }
  std::string shown(const std::vector<std::string>& words) const {
    const Outcome told = bench_.baker(words);
    EXPECT_EQ(told.exit_status, 0) << told.all();
    return told.out;
  }

  const Workbench bench_;
};

TEST_F(CommandLine, AnUnknownCommandIsNamedWithWhatMayBeMeant) {
  EXPECT_THAT(mistake({"logs", "web/web.toml"}),
              HasSubstr("baker: unknown command \"logs\" (did you mean \"log\"?)\n"));
  EXPECT_THAT(mistake({"build", "web/web.toml"}), HasSubstr("unknown command \"build\"\n"));
}

TEST_F(CommandLine, AnUnknownOptionIsNamedWithWhatMayBeMeant) {
  EXPECT_THAT(
      mistake({"run", "web/web.toml", "--lcoked"}),
      AllOf(HasSubstr("`baker run` has no option \"--lcoked\" (did you mean \"--locked\"?)"),
            HasSubstr(" help run` shows what it takes\n")));
}

TEST_F(CommandLine, WhatMeansNothingIsRefused) {
  EXPECT_THAT(mistake({"stages", "apt", "files"}),
              HasSubstr("`baker stages` takes 1 TYPE at most, not 2"));
  EXPECT_THAT(mistake({"log", "web/web.toml", "site", "--json"}),
              HasSubstr("has no option \"--json\""));
  EXPECT_THAT(mistake({"why", "web/web.toml", "site", "-q"}), HasSubstr("has no option \"-q\""));
  EXPECT_THAT(mistake({"plan", "web/web.toml", "--plugin-dir", "/nosuch"}),
              HasSubstr("--plugin-dir /nosuch: there is no such folder"));
}

TEST_F(CommandLine, AProgramThatBakerStartsSaysSoToWhoStartsIt) {
  const std::filesystem::path programs = BAKER_PROGRAMS;
  for (const char* name : {"baker-stage-runner", "baker-machine-supervisor"}) {
    const Outcome refused = run_program({programs / name});
    EXPECT_EQ(refused.exit_status, 2) << name;
    EXPECT_EQ(refused.err, "baker starts this program; it is of no use by itself\n") << name;
  }
}

TEST_F(CommandLine, WhatIsMissingIsNamed) {
  EXPECT_THAT(mistake({"run"}), HasSubstr("`baker run`: PIPELINE is required\n"));
  EXPECT_THAT(mistake({"why", "web/web.toml"}), HasSubstr("STAGE is required\n"));
}

TEST_F(CommandLine, APipelineIsNamedByTheFolderThatItLiesIn) {
  EXPECT_THAT(shown({"plan", "web"}), HasSubstr("web: 1 stage (1 to bake)\n"));
  bench_.write("web/other.toml", "[pipeline]\nname = \"other\"\n");
  EXPECT_THAT(mistake({"plan", "web"}),
              HasSubstr("has more than one pipeline: web/other.toml, web/web.toml. Name one"));
  std::filesystem::create_directory(bench_.path() / "empty");
  EXPECT_THAT(mistake({"plan", "empty"}), HasSubstr("the folder \"empty\" has no pipeline"));
}

TEST_F(CommandLine, APipelineThatIsNotThereIsNamedWithWhatMayBeMeant) {
  EXPECT_THAT(mistake({"plan", "web/wbe.toml"}), HasSubstr("(did you mean \"web/web.toml\"?)"));
}

TEST_F(CommandLine, AloneShowsTheCommandsInGroups) {
  const Outcome alone = run_program({bench_.command_line({"--help"}).front()});
  EXPECT_EQ(alone.exit_status, 0);
  EXPECT_THAT(alone.out, AllOf(HasSubstr("\nBake:\n  run "), HasSubstr("\nRun:\n  up "),
                               HasSubstr("\nLook:\n  status ")));
  EXPECT_EQ(shown({"help"}), alone.out);
}

TEST_F(CommandLine, HelpShowsHowACommandIsCalled) {
  const std::string help = shown({"help", "run"});
  EXPECT_THAT(help,
              AllOf(HasSubstr("\nUsage: baker run [OPTIONS] PIPELINE\n"), HasSubstr("\nFolders:\n"),
                    HasSubstr("--set NAME=VALUE"), HasSubstr("\nExamples:\n  baker run web.toml\n"),
                    Not(HasSubstr("TEXT")), Not(HasSubstr("UINT"))));
  EXPECT_EQ(shown({"run", "--help"}), help);
  EXPECT_THAT(shown({"help", "exit-codes"}), ContainsRegex("\n130 "));
  EXPECT_THAT(mistake({"help", "rnu"}),
              HasSubstr("unknown command \"rnu\" (did you mean \"run\"?)"));
}

TEST_F(CommandLine, WhatACommandDoesToWhatRunsStandsInItsFirstLine) {
  EXPECT_THAT(shown({"help", "test"}), ::testing::StartsWith("Use the running system, STOP one"));
}

TEST_F(CommandLine, OtherNamesMeanTheSame) {
  EXPECT_EQ(shown({"help", "bake"}), shown({"help", "run"}));
  EXPECT_EQ(shown({"types"}), shown({"stages"}));
}

TEST_F(CommandLine, WhatCannotBeWrittenIsAnError) {
  for (const char* options : {"", " --json"}) {
    const Outcome lost =
        run_program({"sh", "-c", "\"$0\" stages" + std::string(options) + " > /dev/full",
                     bench_.command_line({"stages"}).front()});
    EXPECT_EQ(lost.exit_status, 1);
    EXPECT_THAT(lost.err, HasSubstr("cannot write to standard output"));
  }
}

// What baker opens then is not taken for its output.
TEST_F(CommandLine, ClosedStreamsAreNothingToWriteTo) {
  std::vector<std::string> words = {"sh", "-c", "exec \"$0\" \"$@\" <&- >&- 2>&-"};
  for (const std::string& word : bench_.command_line({"run", "web/web.toml"}))
    words.push_back(word);
  run_program(words, {}, bench_.path());
  EXPECT_THAT(run_program({"grep", "-rl", "web", bench_.state()}).out, Not(HasSubstr("/lock")));
}

TEST_F(CommandLine, AWorkingFolderThatIsGoneIsSaid) {
  const Outcome lost = run_program(
      {"sh", "-c", "mkdir gone && cd gone && rmdir ../gone && \"$0\" plan ../web/web.toml",
       bench_.command_line({"stages"}).front()},
      {}, bench_.path());
  EXPECT_THAT(lost.err, HasSubstr("the working folder is gone"));
}

TEST_F(CommandLine, APathThatIsNotUtf8IsRefused) {
  EXPECT_THAT(mistake({"plan", "web/web.toml", "--lock-file", "caf\xe9.toml"}),
              HasSubstr("is not UTF-8"));
}

}  // namespace
}  // namespace baker::testing
