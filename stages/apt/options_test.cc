// What a stage's options add to the root's own apt: repositories with their keys, packages of the
// pipeline's own, answers for debconf.
#include <gmock/gmock.h>

#include "signed_repository_fixture.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

using AptOptionsTest = SignedRepositoryTest;

TEST_F(AptOptionsTest, ARepositoryStaysInTheRootForTheStagesAbove) {
  const Outcome baked = bake(stage(repository() + "packages = [\"ground=1.0\"]") +
                             stage("packages = [\"roof\"]", "above", "it"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(has("usr/share/ground/version"));
  EXPECT_TRUE(has("usr/share/roof/version", "above"));
}

TEST_F(AptOptionsTest, ARepositoryThatTwoStagesNameIsOne) {
  const Outcome baked = bake(stage(repository() + "packages = [\"ground=1.0\"]") +
                             stage(repository() + "packages = [\"roof\"]", "above", "it"));
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(AptOptionsTest, ARepositorySignedBySomebodyElseIsRefused) {
  const Outcome refused = bake(stage(repository("other/key.asc") + "packages = [\"ground\"]"));
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("NO_PUBKEY"), HasSubstr("`key`")));
}

TEST_F(AptOptionsTest, ARepositoryWithoutAKeyIsRefusedBeforeAnythingIsDone) {
  const Outcome refused =
      bake(stage("repositories = [{ uri = \"" + url() + "\" }]\npackages = [\"ground\"]"));
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_THAT(refused.err, HasSubstr("key"));
}

TEST_F(AptOptionsTest, WhatIsNoKeyIsToldSo) {
  bench().write("no-key", "hello");
  const Outcome refused = bake(stage(repository("no-key") + "packages = [\"ground\"]"));
  EXPECT_THAT(refused.err, HasSubstr("is no OpenPGP public key"));
}

TEST_F(AptOptionsTest, APackageOfThePipelinesOwnComesWithWhatItDependsOn) {
  const Outcome baked =
      bake(stage(repository() + "packages = []\ndebs = [\"own/mine_1.0_all.deb\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(has("usr/share/mine/version"));
  EXPECT_TRUE(has("usr/share/ground/version"));
}

TEST_F(AptOptionsTest, AFolderOfPackagesIsARepositoryForThisStageAlone) {
  const Outcome baked =
      bake(stage("repositories = [{ folder = \"own\" }]\npackages = [\"asking\"]\n"
                 "preseed = [\"asking asking/word string hello\"]"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(bench().read(fs::relative(bench().layer_of("p.toml", "it"), bench().path()) /
                         "var/lib/asking"),
            "hello\n");
  EXPECT_FALSE(has("etc/apt/sources.list.d"));
}

TEST_F(AptOptionsTest, AnAnswerForDebconfOfAKindThatIsNoneIsToldSo) {
  const Outcome refused =
      bake(stage("repositories = [{ folder = \"own\" }]\npackages = [\"asking\"]\n"
                 "preseed = [\"asking asking/word strong hello\"]"));
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("debconf does not understand `preseed`"));
}

TEST_F(AptOptionsTest, APackageThatIsHeldStaysWhenALaterStageUpgrades) {
  const Outcome baked =
      bake(stage(repository() + "packages = [\"ground=1.0\"]\nhold = [\"ground\"]") +
           stage("packages = []\nupgrade = true", "above", "it"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_FALSE(has("usr/share/ground/version", "above"));
  EXPECT_FALSE(has("var/cache/apt/pkgcache.bin")) << "no cache of apt's is left in a layer";
}

}  // namespace
}  // namespace baker::testing
