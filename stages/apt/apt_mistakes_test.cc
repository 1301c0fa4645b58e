// Repositories, packages and clocks that are wrong: what is told, and that nothing is baked.
#include <gmock/gmock.h>

#include "signed_repository_fixture.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AptMistakesTest : public SignedRepositoryTest {
 protected:
  // The repository once more under another name, with one package in it.
  static fs::path repository_of(const std::string& name, const TestPackage& package) {
    const LocalRepository repository(served() / name);
    repository.add(package);
    repository.publish();
    return served() / name;
  }
  // Ends with 1, names the stage, and leaves no layer of it.
  static std::string refusal(const std::string& options, const std::string& name = "it") {
    const Outcome refused = bake(stage(options, name));
    EXPECT_EQ(refused.exit_status, 1) << refused.all();
    EXPECT_THAT(refused.err, AllOf(HasSubstr("stage " + name + ": "), Not(HasSubstr("std::"))));
    return refused.err;
  }
};

TEST_F(AptMistakesTest, AKeyThatHasExpiredIsToldSo) {
  const SigningKey expired = SigningKey::expired(bench().path() / "expired");
  sign_repository(repository_of("old", {.name = "ground"}), expired);
  EXPECT_THAT(refusal(repository("expired/key.asc", "old") + "packages = [\"ground\"]"),
              AllOf(HasSubstr("EXPKEYSIG"), HasSubstr("the key has expired")));
}

TEST_F(AptMistakesTest, AKeyThatItsOwnerHasRevokedIsToldSo) {
  const SigningKey revoked(bench().path() / "revoked");
  sign_repository(repository_of("lost", {.name = "ground"}), revoked);
  revoked.revoke();
  EXPECT_THAT(refusal(repository("revoked/key.asc", "lost") + "packages = [\"ground\"]"),
              AllOf(HasSubstr("REVKEYSIG"), HasSubstr("revoked it")));
}

TEST_F(AptMistakesTest, AReleaseFileOfTheFutureAsksForTheClock) {
  sign_repository(repository_of("future", {.name = "ground"}), key(),
                  "Date: Thu, 01 Jan 2099 00:00:00 UTC\n");
  EXPECT_THAT(refusal(repository("key/key.asc", "future") + "packages = [\"ground\"]"),
              AllOf(HasSubstr("not valid yet"), HasSubstr("is the clock of this host right?")));
}

TEST_F(AptMistakesTest, AReleaseFileThatIsNoLongerValidIsToldSo) {
  sign_repository(repository_of("past", {.name = "ground"}), key(),
                  "Date: Wed, 01 Jan 2025 00:00:00 UTC\nValid-Until: Wed, 08 Jan 2025 00:00:00 "
                  "UTC\n");
  EXPECT_THAT(refusal(repository("key/key.asc", "past") + "packages = [\"ground\"]"),
              AllOf(HasSubstr("is expired"), HasSubstr("no longer kept up")));
}

TEST_F(AptMistakesTest, APackageOfAnotherArchitectureIsToldSo) {
  const LocalRepository own(bench().path() / "foreign");
  own.add({.name = "far", .architecture = "s390x"});
  EXPECT_THAT(refusal("packages = []\ndebs = [\"foreign/far_1.0_s390x.deb\"]"),
              AllOf(HasSubstr("far_1.0_s390x.deb"), HasSubstr("s390x"),
                    HasSubstr("architectures = [\"s390x\"]")));
}

TEST_F(AptMistakesTest, AnArchitectureThatNobodyKnowsIsToldSo) {
  EXPECT_THAT(refusal("packages = []\narchitectures = [\"z80 or so\"]"), HasSubstr("z80 or so"));
}

TEST_F(AptMistakesTest, APackageThatIsCutOffIsToldSo) {
  const fs::path whole = bench().path() / "own/mine_1.0_all.deb";
  fs::copy_file(whole, bench().path() / "cut.deb");
  fs::resize_file(bench().path() / "cut.deb", fs::file_size(whole) / 2);
  EXPECT_THAT(refusal("packages = []\ndebs = [\"cut.deb\"]"),
              AllOf(HasSubstr("cut.deb"), HasSubstr("no Debian package, or not a whole one")));
}

TEST_F(AptMistakesTest, AFileThatIsNoPackageIsToldSo) {
  bench().write("notes.deb", "hello\n");
  EXPECT_THAT(refusal("packages = []\ndebs = [\"notes.deb\"]"),
              AllOf(HasSubstr("notes.deb"), HasSubstr("no Debian package, or not a whole one")));
}

TEST_F(AptMistakesTest, APackageThatIsAnotherThanTheRepositorySaysIsNotKept) {
  const fs::path folder = repository_of("liar", {.name = "wolf"});
  run_or_throw({"sed", "-i", "s/^Package: wolf/Package: sheep/", folder / "Packages"});
  sign_repository(folder, key());
  EXPECT_THAT(refusal(repository("key/key.asc", "liar") + "packages = [\"sheep\"]"),
              AllOf(HasSubstr("sheep_1.0_all.deb"), HasSubstr("wolf 1.0 all")));
}

TEST_F(AptMistakesTest, PackagesThatExcludeEachOtherAreNamed) {
  const LocalRepository enemies(bench().path() / "enemies");
  enemies.add({.name = "cat", .fields = "Conflicts: dog\n"});
  enemies.add({.name = "dog"});
  EXPECT_THAT(refusal("repositories = [{ folder = \"enemies\" }]\npackages = [\"cat\", \"dog\"]"),
              AllOf(HasSubstr("packages = [\"cat\", \"dog\"]"), HasSubstr("cat : Conflicts: dog")));
}

TEST_F(AptMistakesTest, AProxyThatWantsAPasswordIsToldSo) {
  const HttpServer proxy = HttpServer::archive_mirror({"--proxy-password", "me:open-sesame"});
  bench().write("p.toml",
                "[pipeline]\nname = \"proxy\"\n[stage.base]\nuses = \"rootfs\"\n"
                "sources = [{ tar = \"" +
                    debian_tarball().string() + "\" }]\n" +
                    stage("packages = [\"less\"]", "it", "base"));
  const Outcome refused = bench().baker({"run", "p.toml"}, {{"http_proxy", proxy.url("")}});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("407"), HasSubstr("the proxy wants a password")));
}

TEST_F(AptMistakesTest, APackageThatIsGoneAndASnapshotServiceThatIsDownNameUpdate) {
  const fs::path folder = repository_of("shrinking", {.name = "leaving"});
  sign_repository(folder, key());
  const std::string options = repository("key/key.asc", "shrinking") +
                              "packages = [\"leaving\"]\n"
                              "snapshots = [\"http://127.0.0.1:1/${time}/\"]";
  const Outcome baked = bake(stage(options, "it"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  fs::remove(folder / "leaving_1.0_all.deb");
  const Workbench elsewhere;
  for (const char* file : {"p.toml", "p.lock.toml"}) elsewhere.write(file, bench().read(file));
  elsewhere.write("key/key.asc", bench().read("key/key.asc"));
  const Outcome refused = elsewhere.baker({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("leaving_1.0_all.deb"), HasSubstr("baker update")));
}

}  // namespace
}  // namespace baker::testing
