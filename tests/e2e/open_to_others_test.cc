// What root relies on, and others may change: told or refused before anything is done.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class OpenToOthersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    bench_.write("p.toml",
                 "[pipeline]\nname = \"open\"\n[stage.it]\nuses = \"files\"\n"
                 "files = { \"/x\" = { content = \"x\" } }\n");
  }

  const Workbench bench_;
};

TEST_F(OpenToOthersTest, APluginThatAnotherUserMayWriteIsNotLoaded) {
  const fs::path plugins = bench_.path() / "plugins";
  fs::create_directory(plugins);
  for (const char* file : {"slow.so", "slow.stage.toml"})
    fs::copy(fs::path(BAKER_TEST_PLUGINS) / file, plugins / file);
  bench_.write("p.toml", "[pipeline]\nname = \"open\"\n[stage.it]\nuses = \"slow\"\nsteps = 1\n");
  const std::vector<std::string> run = {"run", "p.toml", "--plugin-dir", plugins};
  chmod(plugins.c_str(), 0777);
  const Outcome refused = bench_.baker(run);
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("/slow.so is not loaded"),
                                 HasSubstr("/plugins may be written by everyone (mode 777)")));

  chmod(plugins.c_str(), 0755);
  const Outcome baked = bench_.baker(run);
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(OpenToOthersTest, ACacheThatEveryoneMayWriteIsRefusedBeforeWorkBegins) {
  fs::create_directory(bench_.cache());
  chmod(bench_.cache().c_str(), 0777);
  const Outcome refused = bench_.baker({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("/cache may be written by everyone (mode 777)"),
                                 HasSubstr("another place with --cache-dir")));
  EXPECT_TRUE(fs::is_empty(bench_.cache()));
}

TEST_F(OpenToOthersTest, AMachinesFolderBehindALinkOfAnotherUserIsRefused) {
  fs::create_directory(bench_.path() / "elsewhere");
  fs::create_directory_symlink("elsewhere", bench_.machines());
  ASSERT_EQ(lchown(bench_.machines().c_str(), 1000, 1000), 0);
  bench_.write("p.toml", bench_.read("p.toml") +
                             "[stage.m]\nuses = \"snapshot\"\nfrom = \"it\"\nmachine = \"m\"\n");
  const Outcome refused = bench_.baker({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("/machines belongs to user 1000"));
}

TEST_F(OpenToOthersTest, ACacheOfAnotherUserIsTold) {
  fs::create_directory(bench_.cache());
  ASSERT_EQ(chown(bench_.cache().c_str(), 1000, 1000), 0);
  const Outcome baked = bench_.baker({"run", "p.toml"});
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(),
              HasSubstr("/cache belongs to user 1000, who can change what baker keeps"));
}

}  // namespace
}  // namespace baker::testing
