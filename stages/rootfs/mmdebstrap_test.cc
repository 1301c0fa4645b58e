#include <gmock/gmock.h>

#include <fstream>

#include "stages/rootfs/testing/rootfs_bench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kHost = "mmdebstrap = \"host\", include = [\"netbase\"]";

std::string host_name_of_system() {
  std::ifstream release("/etc/os-release");
  for (std::string line; std::getline(release, line);) {
    if (line.starts_with("PRETTY_NAME=\"")) return line.substr(13, line.size() - 14);
  }
  return "nothing";
}

class MmdebstrapTest : public RootfsBench {
 protected:
  void forget_the_downloads() const {
    fs::remove_all(bench_.cache() / "downloads");
    fs::remove_all(bench_.cache() / "actions");
  }
  fs::path layer() const { return fs::canonical(in_root(".")); }
};

// One long story, because every root that is made takes its while.
TEST_F(MmdebstrapTest, MakesTheHostsDistributionAndMakesItAgainFromItsPins) {
  const Outcome baked = bake({kHost});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), HasSubstr(host_name_of_system()));
  EXPECT_TRUE(fs::exists(in_root("usr/bin/apt-get")));
  EXPECT_TRUE(fs::exists(in_root("etc/protocols"))) << "netbase was to be included";
  EXPECT_FALSE(fs::exists(in_root("etc/hostname"))) << "the name of the host";
  EXPECT_FALSE(fs::exists(in_root("etc/apt/preferences.d/baker")));
  EXPECT_THAT(bench_.read("base.lock.toml"), HasSubstr("\"netbase\""));
  const fs::path first = layer();

  forget_the_downloads();
  const Outcome again = bake({kHost}, {"--locked"});
  ASSERT_EQ(again.exit_status, 0) << again.all();
  EXPECT_EQ(layer(), first) << "the same packages are the same root";

  forget_the_downloads();
  const std::string lock = bench_.read("base.lock.toml");
  const std::size_t digest = lock.find("sha256 = \"") + 10;
  bench_.write("base.lock.toml", std::string(lock).replace(digest, 64, std::string(64, 'a')));
  const Outcome changed = bake({kHost}, {"--locked"});
  EXPECT_EQ(changed.exit_status, 1);
  EXPECT_THAT(changed.all(), AllOf(HasSubstr("came out different"), HasSubstr("baker update")));
}

}  // namespace
}  // namespace baker::testing
