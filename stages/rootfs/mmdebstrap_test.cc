// Roots that mmdebstrap makes; a shorter sample of them is in host_sources_test.cc.
#include <gmock/gmock.h>

#include "stages/rootfs/testing/rootfs_bench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kHost = "mmdebstrap = \"host\", include = [\"netbase\"]";

class MmdebstrapNightly : public RootfsBench {
 protected:
  void forget_the_downloads() const {
    fs::remove_all(bench_.cache() / "downloads");
    fs::remove_all(bench_.cache() / "actions");
  }
  fs::path layer() const { return fs::canonical(in_root(".")); }
};

// One long story, because every root that is made takes its while.
TEST_F(MmdebstrapNightly, MakesTheHostsDistributionAndMakesItAgainFromItsPins) {
  const Outcome baked = bake({kHost});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("usr/lib/os-release"), content_of("/usr/lib/os-release"));
  EXPECT_TRUE(fs::exists(in_root("usr/bin/apt-get")));
  EXPECT_TRUE(fs::exists(in_root("etc/protocols"))) << "netbase was to be included";
  for (const char* left : {"etc/hostname", "etc/apt/preferences.d/baker",
                           "etc/apt/apt.conf.d/99mmdebstrap", "etc/dpkg/dpkg.cfg.d/99mmdebstrap"})
    EXPECT_FALSE(fs::exists(in_root(left))) << left;
  EXPECT_THAT(bench_.read("base.lock.toml"), HasSubstr("\"netbase\""));
  const fs::path first = layer();

  forget_the_downloads();
  const Outcome again = bake({kHost}, {"--locked"});
  ASSERT_EQ(again.exit_status, 0) << again.all();
  EXPECT_EQ(layer(), first) << "the same packages are the same root";
}

TEST_F(MmdebstrapNightly, SaysWhereARootComesOutDifferent) {
  ASSERT_EQ(bake({kHost}).exit_status, 0);
  forget_the_downloads();
  const std::string lock = bench_.read("base.lock.toml");
  const std::size_t digest = lock.find("sha256 = \"") + 10;
  bench_.write("base.lock.toml", std::string(lock).replace(digest, 64, std::string(64, 'a')));
  const Outcome changed = bake({kHost}, {"--locked"});
  EXPECT_EQ(changed.exit_status, 1);
  EXPECT_THAT(changed.all(), AllOf(HasSubstr("came out different"), HasSubstr("baker update")));
}

// A mirror of the user's own, with a keyring of the user's own: here they are the distribution's.
TEST_F(MmdebstrapNightly, TakesAnotherMirrorWithItsOwnKeyring) {
  const std::string mirror = run_or_throw(
      {"sh", "-c", "apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1"});
  const Outcome baked = bake({"mmdebstrap = \"bookworm\", variant = \"apt\", mirror = \"" +
                              mirror.substr(0, mirror.find('\n')) +
                              "\", keyring = \"/usr/share/keyrings/debian-archive-keyring.gpg\""});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(text_in_root("etc/apt/sources.list"), HasSubstr(" bookworm-updates main"));
  EXPECT_TRUE(fs::exists(in_root("etc/apt/trusted.gpg.d/debian-archive-keyring.gpg")));
}

}  // namespace
}  // namespace baker::testing
