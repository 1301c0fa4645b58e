// An archive that is not what the pipeline takes it for: what the user is told, and that no other
// source is tried where somebody may have a hand in it.
#include <gmock/gmock.h>

#include "stages/rootfs/testing/rootfs_bench.h"
#include "stages/rootfs/testing/signed_archive.h"
#include "tests/support/http_server.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ArchiveMistakes : public RootfsBench {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    world_ = std::make_unique<World>();
    write_archive(world_->bench.path() / "archive", "jammy", world_->key);
  }
  static void TearDownTestSuite() { world_.reset(); }

  static const SigningKey& key() { return world_->key; }
  static std::string archive(const std::string& misbehaviour = "") {
    const std::string url = world_->server.url(misbehaviour);
    return url.substr(0, url.find_last_not_of('/') + 1);
  }
  static std::string source(const std::string& mirror, const std::string& keyring,
                            const std::string& options = "") {
    return "mmdebstrap = \"jammy\", mirror = \"" + mirror + "\", keyring = \"" + keyring + "\"" +
           (options.empty() ? ", components = [\"main\"]" : options);
  }
  std::string other_source() const {
    make_tarball(bench_.path() / "other.tar", {{"etc/os-release", "VERSION_CODENAME=jammy\n"}});
    return "tar = \"other.tar\"";
  }
  bool has_kept_something() const {
    for (const auto& each : fs::recursive_directory_iterator(bench_.cache() / "downloads"))
      if (each.is_regular_file() && each.path().filename().string().starts_with("sha")) return true;
    return false;
  }
  void expect_no_other_source(const Outcome& baked) const {
    EXPECT_EQ(baked.exit_status, 1);
    EXPECT_THAT(baked.all(), Not(HasSubstr("trying the next source")));
    EXPECT_FALSE(has_kept_something());
  }

 private:
  struct World {
    Workbench bench{};
    SigningKey key{bench.path() / "key"};
    HttpServer server{bench.path() / "archive"};
  };
  static inline std::unique_ptr<World> world_;
};

TEST_F(ArchiveMistakes, SignedByAnotherKeyEndTheBake) {
  const SigningKey other(bench_.path() / "other-key");
  const Outcome baked = bake({source(archive(), other.keyring()), other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err, AllOf(HasSubstr("stage base: the archive of jammy fails its verification"),
                               HasSubstr("NO_PUBKEY"), HasSubstr("give the source its `keyring`")));
}

TEST_F(ArchiveMistakes, SignedByAKeyThatNobodyKnowsEndTheBake) {
  const Outcome baked =
      bake({"mmdebstrap = \"jammy\", components = [\"main\"], mirror = \"" + archive() + "\"",
            other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err, HasSubstr("the archive of jammy fails its verification"));
}

// Its own messages are read, and its files go where the cache has room for them.
TEST_F(ArchiveMistakes, AreFoundInWhateverEnvironmentAUserHas) {
  const SigningKey other(bench_.path() / "other-key");
  const fs::path users_own = bench_.path() / "users-own";
  fs::create_directory(users_own);
  const Outcome baked = bake({source(archive(), other.keyring())}, {}, "",
                             {{"TMPDIR", users_own}, {"LC_ALL", "tlh_KX.UTF-8"}});
  EXPECT_THAT(baked.err, AllOf(HasSubstr("fails its verification"), HasSubstr(" as tempdir\n"),
                               Not(HasSubstr(users_own)), Not(HasSubstr("setlocale"))));
}

TEST_F(ArchiveMistakes, ChangedAfterTheyWereSignedEndTheBake) {
  const fs::path folder = bench_.path() / "forged";
  write_archive(folder, "jammy", key());
  const std::string release = content_of(folder / "dists/jammy/InRelease");
  write_content(folder / "dists/jammy/InRelease",
                std::string(release).replace(release.find("2026"), 4, "2027"));
  const HttpServer server(folder);
  const Outcome baked = bake({source(server.url(""), key().keyring()), other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err, HasSubstr("the archive of jammy fails its verification"));
}

TEST_F(ArchiveMistakes, WithoutSuchAComponentAreTold) {
  const Outcome baked =
      bake({source(archive(), key().keyring(), ", components = [\"main\", \"univrse\"]"),
            other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err, HasSubstr("has no component \"univrse\" in jammy, but main: name those"));
}

// The distribution's own archive, which apt alone knows.
TEST_F(ArchiveMistakes, WithoutSuchAComponentAreToldAlsoWhereAptIsSilent) {
  const Outcome baked =
      bake({"mmdebstrap = \"bookworm\", components = [\"main\", \"univrse\"]", other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err,
              HasSubstr("the archive of bookworm has no component \"univrse\": name those"));
}

TEST_F(ArchiveMistakes, AKeyringOfAnyFormIsTakenAndAnythingElseIsRefused) {
  for (const fs::path& keyring : {key().keyring(), key().armored_keyring()}) {
    const Outcome baked = bake({source(archive(), keyring)});
    EXPECT_THAT(baked.err, HasSubstr("of the archive of jammy there is no index"))
        << "its signature was taken";
  }
  bench_.write("no-keys.gpg", "hello\n");
  const Outcome baked = bake({source(archive(), "no-keys.gpg"), other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err, HasSubstr("no-keys.gpg is not a keyring"));
}

TEST_F(ArchiveMistakes, ThatDoNotHaveTheSuiteOrDoNotAnswerArePassedOver) {
  fs::create_directories(bench_.path() / "empty");
  const HttpServer empty(bench_.path() / "empty");
  const Outcome baked =
      bake({source(empty.url(""), key().keyring()), source(archive("@status=500"), key().keyring()),
            source("http://127.0.0.1:1", key().keyring()), other_source()});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("has no suite \"jammy\"; trying the next source"),
                                 HasSubstr("HTTP 500"), HasSubstr("127.0.0.1:1")));
  // It is told again by each run, as long as the machines stand on it.
  EXPECT_THAT(
      bake({source(empty.url(""), key().keyring()), source(archive("@status=500"), key().keyring()),
            source("http://127.0.0.1:1", key().keyring()), other_source()})
          .out,
      AllOf(HasSubstr("nothing to do"),
            HasSubstr("base: other.tar, from the tarball other.tar; passed over:")));
}

TEST_F(ArchiveMistakes, ThatBreakOffEndTheBake) {
  const Outcome baked = bake({source(archive("@truncate=100"), key().keyring()), other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err, HasSubstr("dists/jammy/InRelease: the connection ended early"));
}

using ArchiveMistakesNightly = ArchiveMistakes;

TEST_F(ArchiveMistakesNightly, ThatHangArePassedOver) {
  const Outcome baked =
      bake({source(archive("@pause=100&until=never"), key().keyring()), other_source()});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), HasSubstr("trying the next source"));
}

TEST_F(ArchiveMistakes, WhereNoSourceIsLeftNameTheWayOut) {
  const Outcome baked = bake({source("http://127.0.0.1:1", key().keyring())}, {},
                             "advice = \"--set base=host bakes on the host's\"");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.err, AllOf(HasSubstr("no source of the base root can be used"),
                               HasSubstr("--set base=host bakes on the host's")));
}

TEST_F(ArchiveMistakes, AFullDiskIsCalledThat) {
  fs::create_directory(bench_.cache());
  run_or_throw({"mount", "-t", "tmpfs", "-o", "size=60m", "none", bench_.cache()});
  const Outcome baked = bake({"mmdebstrap = \"host\"", other_source()});
  expect_no_other_source(baked);
  EXPECT_THAT(baked.err, HasSubstr("the disk of the cache is full"));
}

class Releases : public RootfsBench {
 protected:
  std::string release(const std::string& name, const std::string& of = "") const {
    make_tarball(bench_.path() / (name + ".tar"),
                 {{"usr/lib/os-release", "NAME=Ubuntu\nVERSION_CODENAME=" + name + "\n"}});
    return "tar = \"" + name + ".tar\"" + (of.empty() ? "" : ", releases = [\"" + of + "\"]");
  }
};

TEST_F(Releases, OfOtherSourcesAreLeftOut) {
  const Outcome baked =
      bake({release("jammy", "jammy"), release("noble", "noble")}, {}, "release = \"noble\"");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(text_in_root("usr/lib/os-release"), HasSubstr("noble"));
  EXPECT_THAT(baked.all(), Not(HasSubstr("passed over")));
}

TEST_F(Releases, ThatNoSourceHasAreSaidToBeMissing) {
  const Outcome baked = bake({release("jammy", "jammy")}, {}, "release = \"focal\"");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.err, HasSubstr("none of `sources` is for the release \"focal\""));
}

TEST_F(Releases, AreWhatTheRootItselfSays) {
  const Outcome baked = bake({release("noble", "jammy")}, {}, "release = \"jammy\"");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.err, HasSubstr("noble.tar is not the release \"jammy\" that was asked for: its "
                                   "/usr/lib/os-release says \"noble\""));
}

}  // namespace
}  // namespace baker::testing
