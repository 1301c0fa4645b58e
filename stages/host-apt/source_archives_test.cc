#include "source_archives.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::ElementsAre;

SourceArchive archive(const std::string& uri, const ReleaseNames& names,
                      const std::vector<std::string>& components) {
  return {.uri = uri,
          .release = names.suite,
          .components = components,
          .where = "",
          .names = names,
          .entry = {}};
}

const ReleaseNames kBookworm = {"Debian", "oldstable", "bookworm"};
const ReleaseNames kSecurity = {"Debian", "oldstable-security", "bookworm-security"};
const ReleaseNames kJammyUpdates = {"Ubuntu", "jammy-updates", "jammy"};

TEST(SourceArchives, AreKnownByWhatTheirReleaseFilesSay) {
  const ReleaseNames names = release_names(
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian Backports\n"
      "Label: Debian Backports\nSuite: stable-backports\nCodename: bookworm-backports\n");
  EXPECT_EQ(names.origin, "Debian Backports");
  EXPECT_EQ(names.suite, "stable-backports");
  EXPECT_EQ(names.codename, "bookworm-backports");
}

TEST(SourceArchives, HaveTheComponentsThatTheirReleaseFilesName) {
  EXPECT_THAT(
      release_names("Suite: stable-security\nComponents: updates/main contrib\n").components,
      ElementsAre("main", "contrib"));
}

TEST(SourceArchives, AreReadFromWhatAptListsOneForEachEntryAndSuite) {
  const std::string main =
      "/etc/apt/sources.list:1\thttp://near.example.invalid/debian/\tbookworm\t";
  const std::string lists = "/var/lib/apt/lists/near_debian_dists_bookworm_";
  const auto archives = source_archives(
      main + "main\tmain/binary-amd64/Packages\t" + lists + "main_binary-amd64_Packages\n" + main +
          "contrib\tcontrib/binary-amd64/Packages\t" + lists +
          "contrib_binary-amd64_Packages\n"
          "/etc/apt/sources.list:2\tfile:/srv/own/\t./\t$(COMPONENT)\tPackages\t/var/lib/apt/lists/"
          "own_Packages\n",
      [&lists](const std::string& path) -> std::string {
        if (path == lists + "InRelease") return "Origin: Debian\nCodename: bookworm\n";
        if (path != "/etc/apt/sources.list") return "";
        return "deb [arch=amd64] http://near.example.invalid/debian/ bookworm main contrib\n"
               "deb [trusted=yes] file:/srv/own ./\n";
      });
  ASSERT_EQ(archives.size(), 2U);
  EXPECT_THAT(archives[0].components, ElementsAre("main", "contrib"));
  EXPECT_EQ(archives[0].names.codename, "bookworm");
  EXPECT_EQ(entry_line(archives[0]),
            "deb [arch=amd64] http://near.example.invalid/debian/ bookworm main contrib");
  EXPECT_EQ(entry_line(archives[1]), "deb [trusted=yes] file:/srv/own/ ./ ");
}

TEST(SourceArchives, OfADistributionAndItsReleaseAreToldFromOthers) {
  EXPECT_TRUE(is_of_release(kBookworm, "bookworm"));
  EXPECT_TRUE(is_of_release(kSecurity, "bookworm"));
  EXPECT_TRUE(is_of_release(kJammyUpdates, "jammy"));
  EXPECT_FALSE(is_of_release(kBookworm, "trixie"));
  EXPECT_FALSE(is_of_release({"Docker", "bookworm", "bookworm"}, "bookworm"));
}

TEST(SourceArchives, AreMirrorsOfOtherReleasesToo) {
  EXPECT_THAT(lines_for_release({archive("http://near.example.invalid/x/debian/", kBookworm, {}),
                                 archive("mirror+file:/etc/s.list/", kSecurity, {})},
                                "Debian", "trixie", {"main"}),
              ElementsAre("deb http://near.example.invalid/x/debian/ trixie main",
                          "deb http://near.example.invalid/x/debian/ trixie-updates main",
                          "deb mirror+file:/etc/s.list/ trixie-security main"));
}

TEST(SourceArchives, AreToldWithoutPasswords) {
  EXPECT_EQ(without_password("https://me:secret@near.example.invalid/debian"),
            "https://near.example.invalid/debian");
}

TEST(SourceArchives, HaveOptionsInTheirLines) {
  SourceArchive signed_one = archive("http://near.example.invalid/", kBookworm, {"main"});
  signed_one.entry.options["signed-by"] = "/etc/apt/keyrings/near.gpg";
  EXPECT_EQ(entry_line(signed_one),
            "deb [signed-by=/etc/apt/keyrings/near.gpg] http://near.example.invalid/ oldstable "
            "main");
}

}  // namespace
}  // namespace baker
