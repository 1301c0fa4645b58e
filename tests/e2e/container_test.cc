// baker in a container: no systemd, and a root on overlayfs, which can't hold layers.
#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// The container's root is this host's, so that all programs are there; what is written in it is
// thrown away with the bench.
class ContainerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "a container needs root";
    pack_bootable_debian(bench_.path() / "base.tar");
    fs::create_directories(bench_.path() / "volume");
    bench_.write("p.toml",
                 "[pipeline]\nname = \"inside\"\n[stage.base]\nuses = \"rootfs\"\n"
                 "sources = [{ tar = \"base.tar\" }]\n[stage.greeting]\nuses = \"files\"\n"
                 "from = \"base\"\nfiles = { \"/etc/motd\" = { content = \"hi there\\n\" } }\n"
                 "[stage.machine]\nuses = \"snapshot\"\nfrom = \"greeting\"\nmachine = \"" +
                     machine_ + "\"\n");
  }

  // `baker` in it is the one that is tested.
  Outcome in_container(const std::string& script,
                       const std::vector<std::string>& options = {}) const {
    const std::string here = bench_.path(),
                      build = fs::path(BAKER_PROGRAM).parent_path().parent_path();
    std::vector<std::string> argv = {BAKER_SOURCE "/tests/support/enter_as_container",
                                     "--over",
                                     here + "/written",
                                     "--bind",
                                     here + ":" + here,
                                     "--bind",
                                     build + ":" + build};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(),
                {"/", "bash", "-euc", "cd " + here + "; PATH=" + build + "/bin:$PATH; " + script});
    return run_program(argv);
  }
  std::vector<std::string> with_volume() const {
    return {"--bind", (bench_.path() / "volume").string() + ":/var/cache/baker"};
  }

  const std::string machine_ = "inside-" + process_tag();
  const Workbench bench_;
};

TEST_F(ContainerTest, ACacheOnTheContainersOwnFileSystemIsRefusedBeforeWork) {
  const Outcome refused = in_container("baker run p.toml");
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("-v baker-cache:/var/cache/baker"));
  EXPECT_THAT(refused.out, ::testing::Not(HasSubstr("baked")));
}

TEST_F(ContainerTest, WithTheCacheInAVolumeAMachineIsBakedStartedAndStopped) {
  const Outcome run = in_container("baker up p.toml; baker exec " + machine_ +
                                       " -- cat /etc/motd; baker down p.toml; baker doctor",
                                   with_volume());
  EXPECT_EQ(run.exit_status, 0) << run.all();
  EXPECT_THAT(run.out, HasSubstr("\nhi there\n"));
}

TEST_F(ContainerTest, WhatWasBakedIsThereInTheNextOne) {
  ASSERT_EQ(in_container("baker run p.toml", with_volume()).exit_status, 0);
  fs::remove_all(bench_.path() / "written");
  const Outcome again = in_container("baker run p.toml", with_volume());
  EXPECT_EQ(again.exit_status, 0) << again.all();
  EXPECT_THAT(again.out, HasSubstr("2 stages cached"));
}

}  // namespace
}  // namespace baker::testing
