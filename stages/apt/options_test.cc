// What a stage's options add to the root's own apt: repositories with their keys, packages of the
// pipeline's own, answers for debconf.
#include <gmock/gmock.h>

#include <memory>

#include "local_repository.h"
#include "stages/rootfs/testing/signed_archive.h"
#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/support/http_server.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class AptOptionsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (is_root()) world_ = std::make_unique<World>();
  }
  static void TearDownTestSuite() { world_.reset(); }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  static const Workbench& bench() { return world_->bench; }
  static std::string url() { return world_->server.url("signed/"); }
  // Stages on a root that has no sources of its own.
  static Outcome bake(const std::string& stages) {
    bench().write("p.toml",
                  "[pipeline]\nname = \"apt-options\"\n[stage.base]\nuses = \"rootfs\"\n"
                  "sources = [{ tar = \"" +
                      debian_tarball().string() +
                      "\" }]\n[stage.alone]\nuses = \"script\"\nfrom = \"base\"\n"
                      "run = 'rm -f /etc/apt/sources.list.d/* /etc/apt/sources.list'\n" +
                      stages);
    return bench().baker({"run", "p.toml"});
  }
  static std::string stage(const std::string& options, const std::string& name = "it",
                           const std::string& from = "alone") {
    return "[stage." + name + "]\nuses = \"apt\"\nfrom = \"" + from + "\"\n" + options + "\n";
  }
  static std::string repository(const std::string& key = "key/key.asc") {
    return "repositories = [{ uri = \"" + url() + "\", key = \"" + key + "\" }]\n";
  }
  static bool has(const std::string& path, const std::string& of_stage = "it") {
    return fs::exists(bench().layer_of("p.toml", of_stage) / path);
  }

 private:
  struct World {
    World() {
      const LocalRepository repository(bench.path() / "served/signed");
      repository.add({.name = "roof", .fields = "Depends: ground\n"});
      repository.add({.name = "ground"});
      repository.add({.name = "ground", .version = "2.0"});
      repository.publish();
      sign(bench.path() / "served/signed", key);
      const LocalRepository own(bench.path() / "own");
      own.add({.name = "mine", .fields = "Depends: ground\n"});
      own.add({.name = "asking",
               .fields = "Depends: debconf\n",
               .scripts = {{"postinst",
                            ". /usr/share/debconf/confmodule\ndb_get asking/word\n"
                            "echo \"$RET\" > /var/lib/asking"}},
               .templates = "Template: asking/word\nType: string\nDescription: a word\n"});
    }
    static void sign(const fs::path& folder, const SigningKey& key) {
      write_content(folder / "Release",
                    "Origin: Somebody\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n " +
                        sha256_of(folder / "Packages") + " " +
                        std::to_string(fs::file_size(folder / "Packages")) + " Packages\n");
      key.clear_sign(folder / "Release", folder / "InRelease");
    }
    Workbench bench{};
    SigningKey key{bench.path() / "key"};
    SigningKey other{bench.path() / "other"};
    HttpServer server{(fs::create_directories(bench.path() / "served"), bench.path() / "served")};
  };
  static inline std::unique_ptr<World> world_;
};

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
