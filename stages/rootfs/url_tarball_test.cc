#include <gmock/gmock.h>

#include "stages/rootfs/testing/rootfs_bench.h"
#include "tests/support/http_server.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A publisher with a web server and a key of its own, and a local tarball that would do as well.
class UrlTarballTest : public RootfsBench {
 protected:
  void SetUp() override {
    RootfsBench::SetUp();
    if (IsSkipped()) return;
    make_key("publisher");
    make_tarball(published_ / "os.tar.gz", {{"etc/motd", "hello"}});
    publish_list(sha256_of(published_ / "os.tar.gz") + " *os.tar.gz\n");
    sign("publisher");
    make_tarball(bench_.path() / "other.tar", {{"etc/motd", "other"}});
  }
  // An agent of gpg may be left, which would keep the folder in use.
  void TearDown() override {
    std::error_code skipped;
    for (const auto& home : fs::directory_iterator(bench_.path() / "keys", skipped)) {
      run_program({"gpgconf", "--homedir", home.path(), "--kill", "all"});
    }
  }

  void make_key(const std::string& who) const {
    const fs::path home = bench_.path() / "keys" / who;
    fs::create_directories(home);
    fs::permissions(home, fs::perms::owner_all);
    run_or_throw({"gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "",
                  "--quick-generate-key", who + " <" + who + "@example.org>", "ed25519", "sign"});
    run_or_throw(
        {"gpg", "--homedir", home, "--output", bench_.path() / (who + ".gpg"), "--export"});
  }
  void publish_list(const std::string& list) const {
    write_content(published_ / "SHA256SUMS", list);
  }
  void sign(const std::string& who) const {
    fs::remove(published_ / "SHA256SUMS.gpg");
    run_or_throw({"gpg", "--homedir", bench_.path() / "keys" / who, "--batch", "--output",
                  published_ / "SHA256SUMS.gpg", "--detach-sign", published_ / "SHA256SUMS"});
  }

  std::string tarball() const {
    return "url = \"" + server_.url("os.tar.gz") + "\", keyring = \"publisher.gpg\"";
  }
  Outcome bake_with_another_source_behind() const {
    return bake({tarball(), "tar = \"other.tar\""});
  }

  fs::path published_ = bench_.path() / "published";
  HttpServer server_{published_};
};

TEST_F(UrlTarballTest, IsBaked) {
  const Outcome baked = bake({tarball()});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "hello");
}

TEST_F(UrlTarballTest, IsFetchedAgainByItsPinWithoutAskingForTheList) {
  ASSERT_EQ(bake({tarball()}).exit_status, 0);
  forget_the_cache();
  fs::remove(published_ / "SHA256SUMS");

  const Outcome baked = bake({tarball()}, {"--locked"});

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "hello");
}

TEST_F(UrlTarballTest, WithAChangedListEndsTheBake) {
  publish_list(content_of(published_ / "SHA256SUMS") + std::string(64, 'a') + "  further\n");

  const Outcome baked = bake_with_another_source_behind();

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("SHA256SUMS.gpg"), HasSubstr("BAD signature"),
                                 Not(HasSubstr("next source"))));
}

TEST_F(UrlTarballTest, SignedBySomebodyElseEndsTheBake) {
  make_key("stranger");
  sign("stranger");

  const Outcome baked = bake_with_another_source_behind();

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("No public key"), HasSubstr("publisher.gpg")));
}

TEST_F(UrlTarballTest, WithoutASignatureEndsTheBake) {
  fs::remove(published_ / "SHA256SUMS.gpg");

  const Outcome baked = bake_with_another_source_behind();

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("is there, but not its signature"));
}

TEST_F(UrlTarballTest, WithoutALineInTheListEndsTheBake) {
  publish_list(std::string(64, 'a') + " *os.tar.gz.zsync\n");
  sign("publisher");

  const Outcome baked = bake_with_another_source_behind();

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("has no line for \"os.tar.gz\""));
}

TEST_F(UrlTarballTest, OfAnotherDigestEndsTheBake) {
  fs::remove(published_ / "os.tar.gz");
  make_tarball(published_ / "os.tar.gz", {{"etc/motd", "forged"}});

  const Outcome baked = bake_with_another_source_behind();

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("os.tar.gz"), Not(HasSubstr("next source"))));
}

TEST_F(UrlTarballTest, MakesRoomForTheNextSourceWhenOnlyTheTarballIsMissing) {
  fs::remove(published_ / "os.tar.gz");

  const Outcome baked = bake_with_another_source_behind();

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "other");
}

TEST_F(UrlTarballTest, NeedsNoListWhereThePipelineGivesTheDigest) {
  const std::string sha256 = sha256_of(published_ / "os.tar.gz");
  fs::remove(published_ / "SHA256SUMS");

  const Outcome baked =
      bake({"url = \"" + server_.url("os.tar.gz") + "\", sha256 = \"" + sha256 + "\""});

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "hello");
}

TEST_F(UrlTarballTest, SaysHowToMakeAnArmoredKeyringReadable) {
  run_or_throw({"gpg", "--homedir", bench_.path() / "keys/publisher", "--armor", "--yes",
                "--output", bench_.path() / "publisher.gpg", "--export"});

  const Outcome baked = bake({tarball()});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("gpg --dearmor"));
}

}  // namespace
}  // namespace baker::testing
