#include "source_entry.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr const char* kLines =
    "# comment\n"
    "deb http://one.example.invalid/debian bookworm main\n"
    "deb [arch=amd64 signed-by=/two.gpg] http://two.example.invalid/debian bookworm main\n"
    "deb [trusted=yes] http://three.example.invalid/debian bookworm main\n";
constexpr const char* kStanzas =
    "# comment\n"
    "Types: deb\n"
    "Signed-By: /one.gpg\n"
    "\n"
    "# the second\n"
    "Types: deb deb-src\n"
    "Signed-By:\n"
    " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
    " .\n"
    " abc\n"
    " -----END PGP PUBLIC KEY BLOCK-----\n"
    "\n"
    "\n"
    "Types: deb\n"
    "Trusted: Yes\n";

TEST(SourceEntry, OfALineHasItsKeyring) {
  EXPECT_EQ(source_entry(kLines, false, 2).signed_by(), "");
  EXPECT_EQ(source_entry(kLines, false, 3).signed_by(), "/two.gpg");
}

TEST(SourceEntry, OfALineMayBeTrustedWithoutAny) {
  EXPECT_FALSE(source_entry(kLines, false, 3).is_trusted());
  EXPECT_TRUE(source_entry(kLines, false, 4).is_trusted());
}

TEST(SourceEntry, OfAStanzaHasItsKeyring) {
  EXPECT_EQ(source_entry(kStanzas, true, 1).signed_by(), "/one.gpg");
  EXPECT_EQ(source_entry(kStanzas, true, 3).signed_by(), "");
}

TEST(SourceEntry, OfAStanzaMayHoldTheKeyItself) {
  const std::string key = source_entry(kStanzas, true, 2).signed_by();
  EXPECT_THAT(key, StartsWith("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n"));
  EXPECT_THAT(key, EndsWith("-----END PGP PUBLIC KEY BLOCK-----"));
}

TEST(SourceEntry, MayHaveSeveralKeyringsAndOtherOptions) {
  const SourceEntry entry = source_entry(
      "Types: deb\nSigned-By: /a.gpg, /b.gpg\n /c.gpg\nCheck-Valid-Until: no\n"
      "Architectures: amd64 i386\nComponents: main\n",
      true, 1);
  EXPECT_EQ(entry.signed_by(), "/a.gpg,/b.gpg,/c.gpg");
  EXPECT_EQ(entry.options.at("check-valid-until"), "no");
  EXPECT_EQ(entry.options.at("arch"), "amd64,i386");
  EXPECT_FALSE(entry.options.contains("components"));
}

TEST(SourceEntry, OfAStanzaMayBeTrustedWithoutAny) {
  EXPECT_FALSE(source_entry(kStanzas, true, 2).is_trusted());
  EXPECT_TRUE(source_entry(kStanzas, true, 3).is_trusted());
}

}  // namespace
}  // namespace baker
