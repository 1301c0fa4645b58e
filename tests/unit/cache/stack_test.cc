#include "cache/stack.h"

#include "engine/base/error.h"
#include "tests/unit/cache/listings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker {
namespace {

using ::testing::AllOf;
using testing::directory_entry;
using ::testing::ElementsAre;
using testing::entry_of_type;
using testing::file_entry;
using ::testing::HasSubstr;
using testing::implied_entry;
using ::testing::IsEmpty;
using testing::listing_of;
using testing::opaque_entry;

struct Layer {
  std::string stage;
  std::vector<size_t> below;
  std::vector<ListingEntry> entries;
};

Stack stack_of(const std::vector<Layer>& layers) {
  std::vector<StackLayer> all;
  for (const Layer& layer : layers) {
    Listing listing = listing_of(layer.entries);
    const std::string digest(listing.text());  // whatever tells listings apart
    all.push_back({layer.stage, layer.below, digest, "", std::move(listing)});
  }
  return Stack(std::move(all));
}

std::string conflict_in(const std::vector<Layer>& layers) {
  try {
    stack_of(layers).check();
  } catch (const Error& error) {
    return error.describe();
  }
  return "";
}

// Each standing on all below it.
Stack chain_of(const std::vector<std::vector<ListingEntry>>& layers) {
  std::vector<Layer> all;
  for (const std::vector<ListingEntry>& entries : layers) {
    std::vector<size_t> below;
    for (size_t i = 0; i < all.size(); ++i) below.push_back(i);
    all.push_back({"stage" + std::to_string(all.size()), below, entries});
  }
  return stack_of(all);
}

// "path:layer" of everything in the root.
std::vector<std::string> walked(const Stack& stack) {
  std::vector<std::string> seen;
  stack.walk([&](const StackEntry& each) {
    seen.push_back(each.entry.path + ":" + std::to_string(each.layer));
  });
  return seen;
}

TEST(StackCheck, NamesStagesThatDisagreeAndTheFile) {
  EXPECT_THAT(
      conflict_in({{"greeting", {}, {file_entry("etc/motd", "a")}},
                   {"farewell", {}, {file_entry("etc/motd", "b"), file_entry("etc/x", "x")}}}),
      AllOf(HasSubstr("\"greeting\""), HasSubstr("\"farewell\""), HasSubstr("/etc/motd"),
            HasSubstr("`from`")));
}

TEST(StackCheck, LetsALayerReplaceWhatItStandsOn) {
  EXPECT_EQ(conflict_in({{"base", {}, {file_entry("etc/motd", "a")}},
                         {"greeting", {0}, {file_entry("etc/motd", "b")}}}),
            "");
}

TEST(StackCheck, TakesEqualFilesOfDifferentTimesForOne) {
  ListingEntry later = file_entry("etc/motd", "a");
  later.mtime = 9;
  EXPECT_EQ(conflict_in({{"one", {}, {file_entry("etc/motd", "a")}}, {"two", {}, {later}}}), "");
}

TEST(StackCheck, TakesAHardLinkForTheFileThatItNames) {
  EXPECT_EQ(conflict_in({{"one", {}, {file_entry("a", "c"), entry_of_type('h', "b", "a")}},
                         {"two", {}, {file_entry("b", "c")}}}),
            "");
}

TEST(StackCheck, LetsLayersShareDirectories) {
  EXPECT_EQ(conflict_in({{"one", {}, {directory_entry("etc", 0755), file_entry("etc/a", "a")}},
                         {"two", {}, {implied_entry("etc"), file_entry("etc/b", "b")}}}),
            "");
}

TEST(StackCheck, RefusesADirectoryThatWouldHideASymlink) {
  EXPECT_THAT(conflict_in({{"base", {}, {entry_of_type('l', "lib", "usr/lib")}},
                           {"tool", {}, {implied_entry("lib"), file_entry("lib/x", "x")}}}),
              AllOf(HasSubstr("/lib,"), HasSubstr("symlink"), HasSubstr("hide")));
}

TEST(StackCheck, RefusesAFileInThePlaceOfADirectory) {
  EXPECT_THAT(conflict_in({{"one", {}, {directory_entry("opt"), file_entry("opt/x", "x")}},
                           {"two", {}, {file_entry("opt", "x")}}}),
              HasSubstr("/opt"));
}

TEST(StackCheck, RefusesAFolderMadeAnewThatWouldHideWhatAnotherStageBrings) {
  const std::vector<ListingEntry> tool = {implied_entry("opt"), file_entry("opt/tool", "x")};
  const std::vector<ListingEntry> cleaner = {opaque_entry("opt"), file_entry("opt/own", "y")};
  EXPECT_THAT(conflict_in({{"tool", {}, tool}, {"cleaner", {}, cleaner}}),
              AllOf(HasSubstr("\"cleaner\" replaces the folder /opt"), HasSubstr("/opt/tool"),
                    HasSubstr("`from`")));
  EXPECT_EQ(conflict_in({{"tool", {}, tool}, {"cleaner", {0}, cleaner}}), "");
}

// An equal layer counts once, and still has its say against others.
TEST(StackCheck, LooksAtALayerThatDoesNotCount) {
  const std::vector<ListingEntry> one = {file_entry("x", "1")};
  EXPECT_THAT(conflict_in({{"a", {}, one}, {"b", {0}, {file_entry("x", "2")}}, {"c", {}, one}}),
              AllOf(HasSubstr("\"b\""), HasSubstr("\"c\""), HasSubstr("/x")));
}

TEST(Stack, LetsTheUpperLayerWin) {
  EXPECT_THAT(walked(chain_of({{file_entry("a", "1"), file_entry("b", "1")},
                               {file_entry("a", "2"), file_entry("c", "2")}})),
              ElementsAre("a:1", "b:0", "c:1"));
}

TEST(Stack, RemovesWhatIsWhitedOutWithAllBelow) {
  EXPECT_THAT(
      walked(chain_of(
          {{directory_entry("d"), directory_entry("d/e"), file_entry("d/e/f", "1"),
            file_entry("d-x", "1"), file_entry("f", "1")},
           {entry_of_type('w', "d"), entry_of_type('w', "f"), entry_of_type('w', "never-there")}})),
      ElementsAre("d-x:0"));
}

TEST(Stack, EmptiesAnOpaqueDirectoryOfOlderThings) {
  EXPECT_THAT(walked(chain_of({{directory_entry("d"), file_entry("d/old", "1")},
                               {opaque_entry("d"), file_entry("d/new", "2")}})),
              ElementsAre("d:1", "d/new:1"));
}

TEST(Stack, PutsAFileInThePlaceOfADirectory) {
  EXPECT_THAT(
      walked(chain_of({{directory_entry("d"), file_entry("d/x", "1")}, {file_entry("d", "2")}})),
      ElementsAre("d:1"));
}

TEST(Stack, BringsBackWhatAMiddleLayerRemoved) {
  EXPECT_THAT(
      walked(chain_of({{file_entry("f", "1")}, {entry_of_type('w', "f")}, {file_entry("f", "3")}})),
      ElementsAre("f:2"));
}

// a says x = 1, b changes it, c puts it back: c's layer equals a's, and counts where c stands.
TEST(Stack, LetsTheTopmostOfEqualLayersCount) {
  const std::vector<ListingEntry> one = {file_entry("x", "1")};
  EXPECT_THAT(walked(chain_of({one, {file_entry("x", "2"), file_entry("y", "2")}, one})),
              ElementsAre("x:2", "y:1"));
  EXPECT_THAT(walked(chain_of({one, {entry_of_type('w', "x")}, one})), ElementsAre("x:2"));
}

TEST(Stack, TellsTheSameOfOnePathAsOfAll) {
  const Stack stack = chain_of({{directory_entry("d"), file_entry("d/x", "1")},
                                {entry_of_type('w', "d")},
                                {implied_entry("d"), file_entry("d/y", "3")}});
  EXPECT_FALSE(stack.find("d/x").entry);
  EXPECT_EQ(stack.find("d/y").entry->layer, 2u);
  EXPECT_FALSE(stack.find("d/y/z").entry);
  EXPECT_FALSE(stack.find("e/f").entry);
}

TEST(ImpliedDirectories, TakeTheirAttributesFromBelow) {
  ListingEntry owned = directory_entry("srv", 02775);
  owned.gid = 33;
  const auto found =
      chain_of({{owned}, {implied_entry("srv"), file_entry("srv/x", "x")}}).corrections();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].mode, 02775u);
  EXPECT_EQ(found[0].gid, 33u);
}

TEST(ImpliedDirectories, ListenToTheTopmostLayerThatSaysAnything) {
  const auto found =
      chain_of(
          {{directory_entry("srv", 0700)}, {directory_entry("srv", 0711)}, {implied_entry("srv")}})
          .corrections();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].mode, 0711u);
}

TEST(ImpliedDirectories, DoNotListenToWhatWasTakenAwayAboveIt) {
  const Stack stack = chain_of({{directory_entry("srv", 0700), directory_entry("srv/a", 0711)},
                                {entry_of_type('w', "srv", "")},
                                {implied_entry("srv"), implied_entry("srv/a")}});
  EXPECT_THAT(stack.corrections(), IsEmpty());
  EXPECT_EQ(stack.find("srv/a").entry->entry.mode, 0755u);
}

TEST(ImpliedDirectories, DoNotListenToWhatTheyHide) {
  ListingEntry anew = implied_entry("srv");
  anew.xattrs["trusted.overlay.opaque"] = "y";
  const Stack stack = chain_of({{directory_entry("srv", 0700)}, {anew}});
  EXPECT_THAT(stack.corrections(), IsEmpty());
  EXPECT_EQ(stack.find("srv").entry->entry.mode, 0755u);
}

TEST(ImpliedDirectories, AreAsTheyAreWhereNobodySaysMore) {
  const Stack stack = chain_of({{implied_entry("srv")}});
  EXPECT_THAT(stack.corrections(), IsEmpty());
  EXPECT_THAT(stack.find("srv").entry->entry.xattrs, IsEmpty()) << "a mark is nothing of a folder";
}

TEST(ImpliedDirectories, DoNotInheritAnOpaqueMark) {
  ListingEntry opaque = opaque_entry("srv");
  opaque.mode = 0700;
  const auto found = chain_of({{opaque}, {implied_entry("srv")}}).corrections();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].opaque());
}

}  // namespace
}  // namespace baker
