#include <gmock/gmock.h>

#include <memory>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ScriptTest : public ::testing::Test {
 protected:
  // One cache for all tests: the base is unpacked once.
  static void SetUpTestSuite() { shared_ = std::make_unique<Workbench>(); }
  static void TearDownTestSuite() { shared_.reset(); }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  // A stage on a Debian root.
  Outcome bake(const std::string& options) {
    bench_.write("pipeline.toml",
                 "[pipeline]\nname = \"script-test\"\n"
                 "[stage.base]\nuses = \"rootfs\"\nsources = [{ tar = \"" +
                     debian_tarball().string() +
                     "\" }]\n"
                     "[stage.it]\nuses = \"script\"\nfrom = \"base\"\n" +
                     options);
    return bench_.baker({"run", "pipeline.toml"});
  }
  std::string content(const std::string& path) {
    return run_program({"cat", bench_.layer_of("pipeline.toml", "it") / path}).out;
  }

  static inline std::unique_ptr<Workbench> shared_;
  const Workbench& bench_ = *shared_;
};

TEST_F(ScriptTest, RunsInTheRootWithItsEnvironment) {
  const Outcome baked = bake(
      "env = { WHO = \"world\" }\nrun = '''\nHELLO=hello\necho \"${HELLO} $WHO\" > /greeting\n'''");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("greeting"), "hello world\n") << "baker leaves ${} to the shell";
}

TEST_F(ScriptTest, RunsAFileAndReadsDeclaredInputs) {
  bench_.write("make.sh", "cat /run/baker/inputs/list /run/baker/inputs/dir/b > /all\n");
  bench_.write("list.txt", "one\n");
  bench_.write("more/b", "two\n");
  const Outcome baked =
      bake("file = \"make.sh\"\ninputs = { list = \"list.txt\", dir = \"more\" }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("all"), "one\ntwo\n");
}

TEST_F(ScriptTest, LeavesNothingBehindButWhatItWrote) {
  bench_.write("list.txt", "one\n");
  const Outcome baked =
      bake("inputs = { list = \"list.txt\" }\nrun = \"touch /tmp/a /run/b /made\"");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const auto layer = bench_.layer_of("pipeline.toml", "it");
  EXPECT_EQ(run_program({"find", ".", "-mindepth", "1"}, {}, layer).out, "./made\n");
}

TEST_F(ScriptTest, CanNotChangeItsInputs) {
  bench_.write("list.txt", "one\n");
  const Outcome baked =
      bake("inputs = { list = \"list.txt\" }\nrun = \"echo x > /run/baker/inputs/list\"");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_EQ(bench_.read("list.txt"), "one\n");
}

TEST_F(ScriptTest, SeesNoNetworkAndNoFilesOfTheHost) {
  bench_.write("secret", "of the host");
  const Outcome baked =
      bake("run = '''\nif [ -e " + (bench_.path() / "secret").string() +
           " ]; then echo seen; fi > /secret\n"
           "cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' ' > /interfaces\n'''");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("secret"), "");
  EXPECT_EQ(content("interfaces"), "lo\n");
}

TEST_F(ScriptTest, ShowsTheLastLinesAndTheStatusOfAFailure) {
  const Outcome baked = bake("run = '''\nseq 1 30\necho the reason >&2\nexit 7\n'''");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("the reason"), HasSubstr("7"), HasSubstr("it")));
}

TEST_F(ScriptTest, StopsAtTheFirstCommandThatFails) {
  const Outcome baked = bake("run = '''\nfalse\ntouch /never\n'''");
  EXPECT_EQ(baked.exit_status, 1);
}

TEST_F(ScriptTest, UsesTheShellThatIsAskedFor) {
  const Outcome baked = bake(
      "shell = [\"/bin/bash\", \"-euo\", \"pipefail\"]\nrun = 'echo \"$BASH_VERSION\" > /version'");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(content("version"), Not(""));
}

TEST_F(ScriptTest, WantsEitherAScriptOrAFile) {
  bench_.write("make.sh", "");
  EXPECT_THAT(bake("file = \"make.sh\"\nrun = \"true\"").all(),
              HasSubstr("takes only one of \"run\", \"file\""));
  EXPECT_THAT(bake("env = {}").all(), HasSubstr("needs one of \"run\", \"file\""));
}

TEST_F(ScriptTest, IsBakedAgainWhenAnInputChanges) {
  bench_.write("list.txt", "one\n");
  const std::string stage =
      "inputs = { list = \"list.txt\" }\nrun = \"cat /run/baker/inputs/list > /all\"";
  ASSERT_EQ(bake(stage).exit_status, 0);
  bench_.write("list.txt", "two\n");
  ASSERT_EQ(bake(stage).exit_status, 0);
  EXPECT_EQ(content("all"), "two\n");
}

}  // namespace
}  // namespace baker::testing
