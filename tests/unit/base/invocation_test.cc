#include "engine/base/invocation.h"

#include <gtest/gtest.h>

namespace baker {
namespace {

TEST(CommandLine, MeansTheSamePipelineInTheSamePlaces) {
  const Invocation called{.program = "build/bin/baker",
                          .pipeline = "my web.toml",
                          .options = {{"--set", "title=It's new"}, {"--cache-dir", "/c"}}};
  EXPECT_EQ(command_line(called, "log", {"site"}),
            R"(build/bin/baker log 'my web.toml' site --set 'title=It'\''s new' --cache-dir /c)");
}

TEST(CommandLine, LeavesOutWhatTheCommandDoesNotKnow) {
  const Invocation called{.pipeline = "web.toml", .options = {{"--start-with", "direct"}}};
  EXPECT_EQ(command_line(called, "plan"), "baker plan web.toml");
  EXPECT_EQ(command_line(called, "up"), "baker up web.toml --start-with direct");
}

TEST(ShellQuoted, IsOneWordOfTheSameBytes) {
  EXPECT_EQ(shell_quoted("a-b_c.d/e:f=g"), "a-b_c.d/e:f=g");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("$HOME *"), "'$HOME *'");
  EXPECT_EQ(shell_quoted("~root"), "'~root'");
  EXPECT_EQ(shell_quoted("it's"), R"('it'\''s')");
}

}  // namespace
}  // namespace baker
