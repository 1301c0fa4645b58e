#include <gmock/gmock.h>

#include "stages/rootfs/testing/rootfs_bench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Nothing listens on port 1 of the loopback interface.
constexpr const char* kDeadImage = "oci = \"127.0.0.1:1/os:1\"";
constexpr const char* kDeadTarball = "url = \"http://127.0.0.1:1/os.tar.gz\"";

class RootfsTest : public RootfsBench {
 protected:
  void make_local_tarball(const Tree& tree) const {
    make_tarball(bench_.path() / "base.tar.xz", tree);
  }
};

TEST_F(RootfsTest, BakesALocalTarball) {
  make_local_tarball({{"etc/motd", "hello"}});
  const Outcome baked = bake({"tar = \"base.tar.xz\""});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "hello");
}

TEST_F(RootfsTest, BakesALocalTarballAgainWhenItHasChanged) {
  make_local_tarball({{"etc/motd", "first"}});
  ASSERT_EQ(bake({"tar = \"base.tar.xz\""}).exit_status, 0);
  make_local_tarball({{"etc/motd", "second"}});

  const Outcome baked = bake({"tar = \"base.tar.xz\""});

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "second");
}

TEST_F(RootfsTest, ForgetsTheMachineThatARootWasMadeOn) {
  make_local_tarball({{"etc/machine-id", "0123456789abcdef0123456789abcdef\n"},
                      {"etc/resolv.conf", "nameserver 192.0.2.1\n"}});

  ASSERT_EQ(bake({"tar = \"base.tar.xz\""}).exit_status, 0);

  EXPECT_EQ(text_in_root("etc/machine-id"), "");
  EXPECT_FALSE(std::filesystem::exists(in_root("etc/resolv.conf")));
}

TEST_F(RootfsTest, ForgetsKeysThatEverybodyHas) {
  make_local_tarball({{"etc/ssh/ssh_host_ed25519_key", "secret"}, {"etc/ssh/ssh_config", ""}});
  ASSERT_EQ(bake({"tar = \"base.tar.xz\""}).exit_status, 0);
  EXPECT_FALSE(std::filesystem::exists(in_root("etc/ssh/ssh_host_ed25519_key")));
  EXPECT_TRUE(std::filesystem::exists(in_root("etc/ssh/ssh_config")));
}

TEST_F(RootfsTest, LocksRootAndTellsWhoElseHasAPassword) {
  make_local_tarball({{"etc/passwd", "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/:/bin/sh\n"},
                      {"etc/group", "root:x:0:\n"},
                      {"etc/shadow", "root:$6$known$hash:19000:0:99999:7:::\nme:$6$x$y:::::::\n"}});
  const Outcome baked = bake({"tar = \"base.tar.xz\""});
  EXPECT_EQ(text_in_root("etc/shadow"),
            "root:!$6$known$hash:19000:0:99999:7:::\nme:$6$x$y:::::::\n");
  EXPECT_THAT(baked.all(), HasSubstr("the base comes with passwords, for me"));
}

TEST_F(RootfsTest, RefusesATarballThatHoldsNoRoot) {
  make_local_tarball({{"rootfs/etc/motd", "one folder too deep"}});

  const Outcome baked = bake({"tar = \"base.tar.xz\""});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("base.tar.xz has no root file system"));
}

TEST_F(RootfsTest, PassesOverSourcesThatDoNotAnswerAndSaysSo) {
  make_local_tarball({{"etc/motd", "hello"}});

  const Outcome baked = bake({kDeadImage, kDeadTarball, "tar = \"base.tar.xz\""});

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "hello");
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("the image 127.0.0.1:1/os:1: "),
                                 HasSubstr("the tarball http://127.0.0.1:1/os.tar.gz: "),
                                 HasSubstr("base: base.tar.xz, from the tarball base.tar.xz; "
                                           "passed over: ")));
}

TEST_F(RootfsTest, TakesTheHostsAptSourcesAsTheyAre) {
  bench_.write("keys.gpg", "");
  for (const char* option :
       {"components = [\"main\"]", "mirror = \"http://mirror.example.invalid\"",
        "keyring = \"keys.gpg\""}) {
    const Outcome baked = bake({std::string("mmdebstrap = \"host\", ") + option});
    EXPECT_EQ(baked.exit_status, 1);
    EXPECT_THAT(baked.err, HasSubstr("means nothing beside `mmdebstrap = \"host\"`")) << option;
  }
}

TEST_F(RootfsTest, NamesEverySourceWithItsReasonWhenNoneAnswers) {
  const Outcome baked = bake({kDeadImage, kDeadTarball});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("1. the image 127.0.0.1:1/os:1: "),
                                 HasSubstr("2. the tarball http://127.0.0.1:1/os.tar.gz: "),
                                 HasSubstr("connection refused")));
}

TEST_F(RootfsTest, SaysWhichSourceIsAmbiguous) {
  make_local_tarball({{"etc/motd", "hello"}});

  const Outcome baked = bake({kDeadImage, "tar = \"base.tar.xz\", mmdebstrap = \"host\""});

  EXPECT_EQ(baked.exit_status, 2);
  EXPECT_THAT(baked.err, HasSubstr("sources[1] takes only one of \"oci\", \"url\", "
                                   "\"mmdebstrap\", \"tar\""));
}

TEST_F(RootfsTest, SaysWhichOptionDoesNotBelongToASource) {
  const Outcome baked = bake({"mmdebstrap = \"host\", tls-verify = false"});

  EXPECT_EQ(baked.exit_status, 2);
  EXPECT_THAT(baked.err, HasSubstr("option \"tls-verify\" needs \"oci\" beside it"));
}

}  // namespace
}  // namespace baker::testing
