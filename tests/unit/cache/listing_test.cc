#include "cache/listing.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/listings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker {
namespace {

using testing::directory_entry;
using testing::entry_of_type;
using testing::file_entry;
using testing::listing_of;

std::string message_of(std::string_view text) {
  try {
    const Listing listing = Listing::parse(std::string(text));
    for (size_t i = 0; i < listing.size(); ++i) listing.at(i);
  } catch (const Error& error) {
    return error.describe();
  }
  return "";
}

ListingEntry read_back(const ListingEntry& entry) {
  return listing_of({entry}).at(0);
}

TEST(Listing, IsTheSameAfterItWasWrittenAndRead) {
  ListingEntry device = entry_of_type('c', "dev/odd");
  device.device = "10:229";
  ListingEntry owned = file_entry("etc/secret", std::string(64, 'a'));
  owned.mode = 04750;
  owned.uid = 4'294'967'294;
  owned.gid = 33;
  owned.mtime = -1;
  const Listing listing =
      listing_of({directory_entry("."), device, owned, entry_of_type('h', "etc/twin", "etc/secret"),
                  entry_of_type('l', "lib", "usr/lib"), entry_of_type('p', "run/fifo"),
                  entry_of_type('w', "gone")});
  std::vector<ListingEntry> read;
  for (size_t i = 0; i < listing.size(); ++i) read.push_back(listing.at(i));
  EXPECT_EQ(Listing::of(read).text(), listing.text());
}

TEST(Listing, KeepsNamesOfAnyBytes) {
  const std::string name = "a b\n\xFF%\t";
  EXPECT_EQ(read_back(file_entry(name, "c")).path, name);
}

TEST(Listing, KeepsLinksToAnything) {
  for (const std::string target : {"-", "%2D", " ", "a b"})
    EXPECT_EQ(read_back(entry_of_type('l', "link", target)).content, target);
}

TEST(Listing, KeepsExtendedAttributesWithOddNamesAndBytes) {
  ListingEntry entry = file_entry("f", "c");
  entry.xattrs = {{"user.a,b=c", std::string("\0\xFF,=", 4)}, {"user.empty", ""}};
  EXPECT_EQ(read_back(entry).xattrs, entry.xattrs);
}

TEST(Listing, SaysWhichLineIsDamaged) {
  const std::string text(listing_of({directory_entry("."), file_entry("f", "c")}).text());
  EXPECT_THAT(message_of(text + "f 644 0 0\n"), ::testing::HasSubstr("line 3"));
}

TEST(Listing, RefusesDamage) {
  const std::string line = "f 644 0 0 1 0 - - abc f\n";
  ASSERT_EQ(message_of(line), "");
  for (const char* damaged :
       {"z 644 0 0 1 0 - - abc f\n", "f 9 0 0 1 0 - - abc f\n", "f 644 x 0 1 0 - - abc f\n",
        "f 644 0 0 -1 0 - - abc f\n", "f 644 0 0 1 0 - user.a abc f\n",
        "f 644 0 0 1 0 - user.a=0 abc f\n", "f 644 0 0 1 0 - - a%zz f\n",
        "f 644 0 0 1 0 - - abc f g\n", "\n", "f 644 0 0 1 0 - - abc f"}) {
    EXPECT_NE(message_of(damaged), "") << damaged;
  }
}

Listing listing_of_folder(const std::string& path) {
  ListingEntry folder;
  folder.type = 'd';
  folder.path = path;
  return Listing::of({folder});
}

TEST(Listing, RefusesAPathThatLeavesTheLayer) {
  for (const char* path : {"..", "../x", "a/../../x", "/etc/passwd", ""})
    EXPECT_THROW(listing_of_folder(path).at(0), Error) << path;
  EXPECT_EQ(listing_of_folder("a..b/..c").at(0).path, "a..b/..c");
}

TEST(Listing, RefusesLinesOutOfOrder) {
  const std::string a(listing_of({file_entry("a", "c")}).text());
  const std::string b(listing_of({file_entry("b", "c")}).text());
  EXPECT_THAT(message_of(b + a), ::testing::HasSubstr("out of order"));
}

TEST(Listing, FindsByPath) {
  const Listing listing =
      listing_of({file_entry("a", "1"), file_entry("a-b", "2"), file_entry("z", "3")});
  EXPECT_EQ(listing.find("a-b")->content, "2");
  EXPECT_FALSE(listing.find("nothing"));
}

TEST(Listing, TellsWhichDirectoriesAreOnlyImplied) {
  const Listing listing =
      listing_of({directory_entry("a"), testing::implied_entry("b"),
                  file_entry("trusted.baker.implied", "c"), testing::implied_entry("z")});
  EXPECT_EQ(listing.implied(), (std::vector<size_t>{1, 3}));
}

TEST(Listing, IsReadFromAFileThatMayBeRemoved) {
  const testing::Workbench bench;
  const std::string text(listing_of({file_entry("a", "1"), file_entry("b", "2")}).text());
  const Listing listing = Listing::map_file(bench.write("listing", text));
  std::filesystem::remove(bench.path() / "listing");
  EXPECT_EQ(listing.text(), text);
  EXPECT_EQ(listing.find("b")->content, "2");
}

TEST(ListingEntry, IsTheSameContentAtAnotherTime) {
  ListingEntry earlier = file_entry("f", "c");
  ListingEntry later = earlier;
  later.mtime = 5;
  EXPECT_TRUE(earlier.same_content(later));
  later.mode = 0600;
  EXPECT_FALSE(earlier.same_content(later));
}

TEST(Listing, NamesTheFirstEntryOfALargeOwnerOrGroup) {
  const Listing listing = Listing::parse(
      "d 755 0 0 0 0 - - - .\n"
      "f 644 65535 0 0 0 - - - a\n"
      "f 644 0 65536 0 0 - - - b\n"
      "f 644 70000 0 0 0 - - - c\n");
  EXPECT_EQ(listing.first_with_id_from(65536), "b");
  EXPECT_EQ(listing.first_with_id_from(70001), std::nullopt);
}

}  // namespace
}  // namespace baker
