// What one host has baked, another one takes instead of baking it.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/e2e/shared_cache_fixture.h"
#include "tests/support/http_server.h"
#include "tests/support/remote_servers.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(SharedCacheTest, AnEmptyHostRunsNoStageThatAnotherHasRun) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  Host two(registry.url());
  two.trust(key);
  const Outcome run = two.run();
  EXPECT_THAT(run.out, HasSubstr("3 stages pulled; 1 machine placed")) << run.all();
  EXPECT_EQ(two.layers(), one->layers());
  EXPECT_EQ(two.baker({"verify", "--deep"}).exit_status, 0);
  two.expect_nothing_left_over();
  EXPECT_THAT(two.run().out, HasSubstr("nothing to do"));
}

TEST_F(SharedCacheTest, ARegistryWithTlsAndAPasswordIsOneAsOthers) {
  const CacheRegistry registry(folder("registry"), {.tls = true, .password = true});
  const Environment access = {{"SSL_CERT_FILE", registry.certificate()},
                              {"REGISTRY_AUTH_FILE", registry.auth_file()}};
  std::string key;
  const auto one = host_that_pushed(registry.url(), key, access);
  Host two(registry.url(), access);
  two.trust(key);
  EXPECT_THAT(two.run().out, HasSubstr("3 stages pulled"));

  Host without_password(registry.url(), {{"SSL_CERT_FILE", registry.certificate()},
                                         {"REGISTRY_AUTH_FILE", "/nonexistent"}});
  const Outcome baked = without_password.run();
  EXPECT_THAT(baked.out, HasSubstr("3 stages baked")) << baked.all();

  Host without_trust(registry.url(), {{"REGISTRY_AUTH_FILE", registry.auth_file()}});
  EXPECT_THAT(without_trust.run().all(),
              AllOf(HasSubstr("SSL_CERT_FILE can name"), HasSubstr("3 stages baked")));
}

TEST_F(SharedCacheTest, ARegistryMayWantATokenThatAPasswordBuys) {
  const CacheRegistry registry(folder("registry"));
  const LyingRemote with_tokens(registry, "token:manifests");
  const Environment access = {
      {"REGISTRY_AUTH_FILE",
       bench_.write("auth.json", "{\"auths\": {\"127.0.0.1:" + with_tokens.port() +
                                     "\": {\"auth\": \"YmFrZXI6c2VjcmV0\"}}}")}};
  std::string key;
  const auto one = host_that_pushed(with_tokens.url(), key, access);
  Host two(with_tokens.url(), access);
  two.trust(key);
  EXPECT_THAT(two.run().out, HasSubstr("3 stages pulled"));
}

TEST_F(SharedCacheTest, AServerOfFilesIsARemoteToo) {
  const FileServer server(folder("nginx"));
  std::string key;
  const auto one = host_that_pushed(server.url(), key);
  Host two(server.url());
  two.trust(key);
  const Outcome run = two.run();
  EXPECT_THAT(run.out, HasSubstr("3 stages pulled")) << run.all();
  EXPECT_EQ(two.layers(), one->layers());
}

TEST_F(SharedCacheTest, ARecordOfAForeignKeyIsNoHit) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  const Host stranger(registry.url());
  const Outcome run = stranger.run();
  EXPECT_THAT(run.all(),
              AllOf(HasSubstr("3 stages baked"),
                    HasSubstr("is signed with the key " + key + ", which is not trusted here")));
}

TEST_F(SharedCacheTest, SkopeoReadsWhatLiesThere) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  const std::string name = "docker://127.0.0.1:" + registry.port() + "/team/baker";
  const std::string tags = run_program({"skopeo", "list-tags", "--tls-verify=false", name}).out;
  const std::string tag = tags.substr(tags.find("\"r-") + 1, 66);
  const Outcome copied = run_program({"skopeo", "copy", "--src-tls-verify=false", name + ":" + tag,
                                      "oci:" + folder("image").string()});
  EXPECT_EQ(copied.exit_status, 0) << copied.all();
}

TEST_F(SharedCacheTest, PushAndPullMoveWhatIsBakedAlready) {
  const CacheRegistry registry(folder("registry"));
  Host one("");
  ASSERT_THAT(one.run().out, HasSubstr("3 stages baked"));
  const std::string key = one.make_key();
  EXPECT_THAT(one.baker({"push", "p.toml", "--remote", registry.url()}).out,
              AllOf(HasSubstr("3 pushed"), HasSubstr("0 were there")));
  EXPECT_THAT(one.baker({"push", "p.toml", "--remote", registry.url()}).out,
              AllOf(HasSubstr("0 pushed"), HasSubstr("3 were there")));
  Host two(registry.url());
  two.trust(key);
  const Outcome pulled = two.baker({"pull", "p.toml"});
  EXPECT_THAT(pulled.out, HasSubstr("3 stages pulled")) << pulled.all();
  EXPECT_FALSE(fs::exists(two.bench().machines() / "shared"));
  EXPECT_THAT(two.baker({"run", "p.toml", "--offline"}).out, HasSubstr("3 stages cached"));
}

// A host that has pinned and baked a tarball, which its source no longer has, and one that has the
// same pins.
class DroppedSource : public SharedCacheTest {
 protected:
  void bake_and_drop(const std::string& remote) {
    fs::create_directories(folder("source"));
    const HttpServer source(folder("source"));
    bench_.write("tree/usr/lib/os-release", "ID=none\n");
    const fs::path tarball = folder("source") / "base.tar";
    ASSERT_EQ(run_program({"tar", "-C", folder("tree"), "-cf", tarball, "."}).exit_status, 0);
    const std::string digest = run_program({"sha256sum", tarball}).out.substr(0, 64);
    pipeline_ =
        "[pipeline]\nname = \"shared\"\n[stage.base]\nuses = \"rootfs\"\nsources = [{ url = \"" +
        source.url("base.tar") + "\", sha256 = \"" + digest + "\" }]\n";
    Host one(remote);
    one.bench().write("p.toml", pipeline_);
    one.make_key();
    const Outcome pushed = one.run();
    ASSERT_THAT(pushed.out, HasSubstr("1 stage baked")) << pushed.all();
    pins_ = one.bench().read("p.lock.toml");
  }
  Outcome run_with_its_pins(const std::string& remote) const {
    const Host two(remote);
    two.bench().write("p.toml", pipeline_);
    two.bench().write("p.lock.toml", pins_);
    return two.run();
  }

  std::string pipeline_;
  std::string pins_;
};

// The second host does not trust the first, so it bakes; what is pinned needs nobody's word.
TEST_F(DroppedSource, IsNotMissedWhereTheRemoteHasTheContentByItsDigest) {
  const CacheRegistry registry(folder("registry"));
  bake_and_drop(registry.url());
  EXPECT_THAT(run_with_its_pins(registry.url()).all(),
              AllOf(HasSubstr("1 stage baked"),
                    HasSubstr("its sources did not give what is pinned, " + registry.url())));
}

TEST_F(DroppedSource, IsSaidBesideTheRemoteThatDoesNotHaveTheContentEither) {
  const CacheRegistry registry(folder("registry")), empty(folder("empty"));
  bake_and_drop(registry.url());
  const Outcome run = run_with_its_pins(empty.url());
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("/base.tar"),
                             HasSubstr("nor did " + empty.url() + " give all of it")));
}

TEST_F(SharedCacheTest, APlanSaysWhereALayerWillComeFrom) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  Host two(registry.url());
  EXPECT_THAT(two.baker({"plan", "p.toml"}).out, HasSubstr("which is not trusted here"));
  two.trust(key);
  EXPECT_THAT(two.baker({"plan", "p.toml"}).out, HasSubstr("3 stages (3 to pull)"));
  EXPECT_THAT(
      two.baker({"why", "p.toml", "word"}).out,
      AllOf(HasSubstr("word will be pulled: it was baked elsewhere"), HasSubstr(registry.url())));
}

// A host that takes all layers needs no program that stages run.
TEST_F(SharedCacheTest, WhatOnlyBakingNeedsIsNotNeededToPull) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  Host two(registry.url());
  two.trust(key);
  const Outcome run = run_program(
      after_in_its_namespace("mount --bind /dev/null $(command -v bwrap)",
                             two.bench().command_line({"run", "p.toml"})),
      {{"BAKER_REMOTE", registry.url()}, {"BAKER_REMOTE_TRUST", key}}, two.bench().path());
  EXPECT_THAT(run.out, HasSubstr("3 stages pulled")) << run.all();
}

TEST_F(SharedCacheTest, OldLayersThatNobodyHereUsesAreRemoved) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  const std::string cache = "--cache-dir=" + one->bench().cache().string();
  EXPECT_THAT(one->baker({"remote", "status"}).out, HasSubstr("it holds 3 layers"));
  EXPECT_THAT(one->baker({"remote", "gc", "--keep-days=0", cache}).out,
              HasSubstr("removed 0 layers"));  // all of them are used
  ASSERT_EQ(one->baker({"destroy", "p.toml"}).exit_status, 0);
  EXPECT_THAT(one->baker({"remote", "gc", cache}).out, HasSubstr("removed 0 layers"));
  EXPECT_THAT(one->baker({"remote", "gc", "--keep-days=0", cache}).out,
              HasSubstr("removed 3 layers"));
  EXPECT_THAT(one->baker({"remote", "status"}).out, HasSubstr("it holds 0 layers"));
}

TEST_F(SharedCacheTest, AServerOfFilesSaysThatItCantBeCleanedFromHere) {
  const FileServer server(folder("nginx"));
  const Host one(server.url());
  one.make_key();
  const Outcome refused = one.baker({"remote", "gc"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("does not tell what it has"));
}

TEST_F(SharedCacheTest, WhatStagesPrintedStaysAtHomeUnlessTheUserSaysSo) {
  const CacheRegistry registry(folder("registry"));
  for (const std::string word : {"quiet", "loud"}) {
    const Host one("");
    one.bench().write("p.toml", "[pipeline]\nname = \"shared\"\n" + tiny_root("base") +
                                    "[stage.made]\nuses = \"script\"\nfrom = \"base\"\n"
                                    "run = 'echo " +
                                    word + "; echo > /made'\n");
    ASSERT_EQ(one.run().exit_status, 0);
    one.make_key();
    std::vector<std::string> push = {"push", "p.toml", "--remote", registry.url()};
    if (word == "loud") push.emplace_back("--logs");
    ASSERT_EQ(one.baker(push).exit_status, 0);
  }
  const auto has_log = [&registry](const std::string& text) {
    return run_program({"grep", "-rqF", "\"log\":\"" + text, registry.blobs()}).exit_status == 0;
  };
  EXPECT_FALSE(has_log("quiet"));
  EXPECT_TRUE(has_log("loud"));
}

TEST_F(SharedCacheTest, WithoutAKeyNothingIsPushed) {
  const CacheRegistry registry(folder("registry"));
  const Host one(registry.url());
  ASSERT_EQ(one.run().exit_status, 0);
  const Outcome pushed = one.baker({"push", "p.toml"});
  EXPECT_THAT(pushed.err, HasSubstr("`baker remote key` makes one"));
  EXPECT_NE(pushed.exit_status, 0);
}

TEST_F(SharedCacheTest, APrivateOptionIsToldByItsDigest) {
  const CacheRegistry registry(folder("registry"));
  const Host one(registry.url());
  one.make_key();
  one.bench().write("p.toml",
                    "[pipeline]\nname = \"shared\"\n[stage.base]\nuses = \"files\"\n"
                    "files = { \"/etc/passwd\" = { content = \"root:x:0:0::/root:/bin/sh\\n\" },"
                    " \"/etc/group\" = { content = \"root:x:0:\\n\" },"
                    " \"/etc/shadow\" = { content = \"root:*:1::::::\\n\" } }\n"
                    "[stage.people]\nuses = \"user\"\nfrom = \"base\"\n"
                    "users = { ann = { uid = 1000, password = \"$6$salt$hash\" } }\n");
  const Outcome run = one.run();
  ASSERT_THAT(run.out, HasSubstr("2 stages baked")) << run.all();
  const auto told = [&registry](const std::string& text) {
    return run_program({"grep", "-rqF", text, registry.blobs()}).exit_status == 0;
  };
  EXPECT_FALSE(told("$6$salt$hash"));
  EXPECT_TRUE(told("option.users \\\"sha256:"));
  EXPECT_TRUE(told("root:x:0:0::/root"));  // of the option that is not private
}

TEST_F(SharedCacheTest, WhatOthersWillSeeIsSaidOnce) {
  const CacheRegistry registry(folder("registry"));
  const Host one(registry.url());
  one.make_key();
  EXPECT_THAT(one.run().err, HasSubstr("can read all files of the layers"));
  EXPECT_THAT(one.baker({"push", "p.toml"}).err, Not(HasSubstr("can read all files")));
}

TEST_F(SharedCacheTest, AReferenceThatIsNoneIsToldBeforeAnythingIsDone) {
  const Host one("registry.example/baker");
  const Outcome run = one.run();
  EXPECT_EQ(run.exit_status, 2);
  EXPECT_THAT(run.err, HasSubstr("is no reference"));
}

TEST_F(SharedCacheTest, WhatAPullDoesNotFindIsSaidAndLeftAlone) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  Host two(registry.url());
  two.trust(key);
  two.bench().write(
      "p.toml", two.bench().read("p.toml") + "[stage.more]\nuses = \"files\"\nfrom = \"made\"\n");
  const Outcome pulled = two.baker({"pull", "p.toml"});
  EXPECT_THAT(pulled.out, HasSubstr("3 stages pulled"));
  EXPECT_THAT(pulled.err, HasSubstr("1 of its layers is not in " + registry.url() + ": more"));
  EXPECT_EQ(two.layers(), one->layers());
}

TEST_F(SharedCacheTest, ARecordThatNobodyCanUseIsReplaced) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto stranger = host_that_pushed(registry.url(), key);
  const Host one(registry.url());
  const std::string own_key = one.make_key();
  ASSERT_THAT(one.run().out, HasSubstr("3 stages baked"));
  Host two(registry.url());
  two.trust(own_key);
  EXPECT_THAT(two.run().out, HasSubstr("3 stages pulled"));
}

}  // namespace
}  // namespace baker::testing
