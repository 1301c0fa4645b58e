#include "cache/root_stack.h"

#include "engine/base/error.h"
#include "tests/unit/cache/listings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker {
namespace {

using ::testing::AllOf;
using testing::directory_entry;
using testing::entry_of_type;
using testing::file_entry;
using ::testing::HasSubstr;
using testing::implied_entry;
using testing::listing_of;

std::string conflict_in(const std::vector<StackLayer>& layers) {
  try {
    check_stack(layers);
  } catch (const Error& error) {
    return error.describe();
  }
  return "";
}

TEST(CheckStack, NamesStagesThatDisagreeAndTheFile) {
  const Listing one = listing_of({file_entry("etc/motd", "a")});
  const Listing two = listing_of({file_entry("etc/motd", "b"), file_entry("etc/x", "x")});
  EXPECT_THAT(conflict_in({{"greeting", {}, &one}, {"farewell", {}, &two}}),
              AllOf(HasSubstr("\"greeting\""), HasSubstr("\"farewell\""), HasSubstr("/etc/motd"),
                    HasSubstr("`from`")));
}

TEST(CheckStack, LetsALayerReplaceWhatItStandsOn) {
  const Listing one = listing_of({file_entry("etc/motd", "a")});
  const Listing two = listing_of({file_entry("etc/motd", "b")});
  EXPECT_EQ(conflict_in({{"base", {}, &one}, {"greeting", {0}, &two}}), "");
}

TEST(CheckStack, TakesEqualFilesOfDifferentTimesForOne) {
  ListingEntry later = file_entry("etc/motd", "a");
  later.mtime = 9;
  const Listing one = listing_of({file_entry("etc/motd", "a")});
  const Listing two = listing_of({later});
  EXPECT_EQ(conflict_in({{"one", {}, &one}, {"two", {}, &two}}), "");
}

TEST(CheckStack, TakesAHardLinkForTheFileThatItNames) {
  const Listing one = listing_of({file_entry("a", "c"), entry_of_type('h', "b", "a")});
  const Listing two = listing_of({file_entry("b", "c")});
  EXPECT_EQ(conflict_in({{"one", {}, &one}, {"two", {}, &two}}), "");
}

TEST(CheckStack, LetsLayersShareDirectories) {
  const Listing one = listing_of({directory_entry("etc", 0755), file_entry("etc/a", "a")});
  const Listing two = listing_of({implied_entry("etc"), file_entry("etc/b", "b")});
  EXPECT_EQ(conflict_in({{"one", {}, &one}, {"two", {}, &two}}), "");
}

TEST(CheckStack, RefusesADirectoryThatWouldHideASymlink) {
  const Listing merged_usr = listing_of({entry_of_type('l', "lib", "usr/lib")});
  const Listing plain = listing_of({implied_entry("lib"), file_entry("lib/x", "x")});
  EXPECT_THAT(conflict_in({{"base", {}, &merged_usr}, {"tool", {}, &plain}}),
              AllOf(HasSubstr("/lib,"), HasSubstr("symlink"), HasSubstr("hide")));
}

TEST(CheckStack, RefusesAFileInThePlaceOfADirectory) {
  const Listing one = listing_of({directory_entry("opt"), file_entry("opt/x", "x")});
  const Listing two = listing_of({file_entry("opt", "x")});
  EXPECT_THAT(conflict_in({{"one", {}, &one}, {"two", {}, &two}}), HasSubstr("/opt"));
}

TEST(CheckStack, RefusesAFolderMadeAnewThatWouldHideWhatAnotherStageBrings) {
  ListingEntry anew = directory_entry("opt");
  anew.xattrs["trusted.overlay.opaque"] = "y";
  const Listing tool = listing_of({implied_entry("opt"), file_entry("opt/tool", "x")});
  const Listing cleaner = listing_of({anew, file_entry("opt/own", "y")});
  EXPECT_THAT(conflict_in({{"tool", {}, &tool}, {"cleaner", {}, &cleaner}}),
              AllOf(HasSubstr("\"cleaner\" replaces the folder /opt"), HasSubstr("/opt/tool"),
                    HasSubstr("`from`")));
  EXPECT_EQ(conflict_in({{"tool", {}, &tool}, {"cleaner", {0}, &cleaner}}), "");
}

TEST(ImpliedDirectories, TakeTheirAttributesFromBelow) {
  ListingEntry owned = directory_entry("srv", 02775);
  owned.gid = 33;
  const Listing one = listing_of({owned});
  const Listing two = listing_of({implied_entry("srv"), file_entry("srv/x", "x")});
  const std::vector<ListingEntry> found =
      implied_directories({{"one", {}, &one}, {"two", {0}, &two}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].mode, 02775u);
  EXPECT_EQ(found[0].gid, 33u);
}

TEST(ImpliedDirectories, ListenToTheTopmostLayerThatSaysAnything) {
  const Listing one = listing_of({directory_entry("srv", 0700)});
  const Listing two = listing_of({directory_entry("srv", 0711)});
  const Listing three = listing_of({implied_entry("srv")});
  const auto found =
      implied_directories({{"one", {}, &one}, {"two", {0}, &two}, {"three", {0, 1}, &three}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].mode, 0711u);
}

TEST(ImpliedDirectories, DoNotListenToWhatWasTakenAwayAboveIt) {
  const Listing one = listing_of({directory_entry("srv", 0700), directory_entry("srv/a", 0711)});
  const Listing two = listing_of({entry_of_type('w', "srv", "")});
  const Listing three = listing_of({implied_entry("srv"), implied_entry("srv/a")});
  const std::vector<StackLayer> layers = {
      {"one", {}, &one}, {"two", {0}, &two}, {"three", {0, 1}, &three}};
  EXPECT_TRUE(implied_directories(layers).empty());
  EXPECT_FALSE(said_directory(layers, "srv")) << "nor to the whiteout";
}

TEST(ImpliedDirectories, LeaveOutThoseOfWhichNobodySaysMore) {
  const Listing one = listing_of({implied_entry("srv")});
  EXPECT_TRUE(implied_directories({{"one", {}, &one}}).empty());
}

TEST(ImpliedDirectories, DoNotInheritAnOpaqueMark) {
  const Listing one = listing_of({testing::opaque_entry("srv")});
  const Listing two = listing_of({implied_entry("srv")});
  const auto found = implied_directories({{"one", {}, &one}, {"two", {0}, &two}});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].opaque());
}

}  // namespace
}  // namespace baker
