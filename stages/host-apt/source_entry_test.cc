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
  EXPECT_EQ(source_entry(kLines, false, 2).signed_by, "");
  EXPECT_EQ(source_entry(kLines, false, 3).signed_by, "/two.gpg");
}

TEST(SourceEntry, OfALineMayBeTrustedWithoutAny) {
  EXPECT_FALSE(source_entry(kLines, false, 3).trusted);
  EXPECT_TRUE(source_entry(kLines, false, 4).trusted);
}

TEST(SourceEntry, OfAStanzaHasItsKeyring) {
  EXPECT_EQ(source_entry(kStanzas, true, 1).signed_by, "/one.gpg");
  EXPECT_EQ(source_entry(kStanzas, true, 3).signed_by, "");
}

TEST(SourceEntry, OfAStanzaMayHoldTheKeyItself) {
  const std::string key = source_entry(kStanzas, true, 2).signed_by;
  EXPECT_THAT(key, StartsWith("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n"));
  EXPECT_THAT(key, EndsWith("-----END PGP PUBLIC KEY BLOCK-----"));
}

TEST(SourceEntry, OfAStanzaMayBeTrustedWithoutAny) {
  EXPECT_FALSE(source_entry(kStanzas, true, 2).trusted);
  EXPECT_TRUE(source_entry(kStanzas, true, 3).trusted);
}

}  // namespace
}  // namespace baker
