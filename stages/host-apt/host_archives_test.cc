#include "host_archives.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::ElementsAre;

HostArchive archive(const std::string& uri, const ReleaseNames& names,
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

TEST(HostArchives, AreKnownByWhatTheirReleaseFilesSay) {
  const ReleaseNames names = release_names(
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian Backports\n"
      "Label: Debian Backports\nSuite: stable-backports\nCodename: bookworm-backports\n");
  EXPECT_EQ(names.origin, "Debian Backports");
  EXPECT_EQ(names.suite, "stable-backports");
  EXPECT_EQ(names.codename, "bookworm-backports");
}

TEST(HostArchives, OfADistributionAndItsReleaseAreToldFromOthers) {
  EXPECT_TRUE(is_of_release(kBookworm, "bookworm"));
  EXPECT_TRUE(is_of_release(kSecurity, "bookworm"));
  EXPECT_TRUE(is_of_release(kJammyUpdates, "jammy"));
  EXPECT_FALSE(is_of_release(kBookworm, "trixie"));
  EXPECT_FALSE(is_of_release({"Docker", "bookworm", "bookworm"}, "bookworm"));
}

TEST(HostArchives, AreMirrorsOfOtherReleasesToo) {
  EXPECT_THAT(lines_for_release({archive("http://near.example.invalid/x/debian/", kBookworm, {}),
                                 archive("mirror+file:/etc/s.list/", kSecurity, {})},
                                "Debian", "trixie", {"main"}),
              ElementsAre("deb http://near.example.invalid/x/debian/ trixie main",
                          "deb http://near.example.invalid/x/debian/ trixie-updates main",
                          "deb mirror+file:/etc/s.list/ trixie-security main"));
}

TEST(HostArchives, AreToldWithoutPasswords) {
  EXPECT_EQ(without_password("https://me:secret@near.example.invalid/debian"),
            "https://near.example.invalid/debian");
}

TEST(HostArchives, HaveOptionsInTheirLines) {
  HostArchive signed_one = archive("http://near.example.invalid/", kBookworm, {"main"});
  signed_one.entry.options["signed-by"] = "/etc/apt/keyrings/near.gpg";
  EXPECT_EQ(entry_line(signed_one),
            "deb [signed-by=/etc/apt/keyrings/near.gpg] http://near.example.invalid/ oldstable "
            "main");
}

}  // namespace
}  // namespace baker
