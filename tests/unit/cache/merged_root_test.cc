#include "cache/merged_root.h"

#include "cache/layer_seal.h"
#include "engine/base/error.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/listings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <filesystem>
#include <list>

namespace baker {
namespace {

namespace fs = std::filesystem;
using testing::directory_entry;
using ::testing::ElementsAre;
using testing::entry_of_type;
using testing::file_entry;
using testing::implied_entry;
using testing::listing_of;
using testing::opaque_entry;

// "path:layer" of every entry that is seen.
std::vector<std::string> merged(const std::vector<Listing>& listings) {
  std::vector<SourceLayer> layers;
  for (const Listing& listing : listings) layers.push_back({"", &listing});
  std::vector<std::string> seen;
  for (const MergedEntry& entry : merge_layers(layers))
    seen.push_back(entry.entry->path + ":" + std::to_string(entry.layer));
  return seen;
}

TEST(MergeLayers, LetsTheUpperLayerWin) {
  EXPECT_THAT(merged({listing_of({file_entry("a", "1"), file_entry("b", "1")}),
                      listing_of({file_entry("a", "2"), file_entry("c", "2")})}),
              ElementsAre("a:1", "b:0", "c:1"));
}

TEST(MergeLayers, RemovesWhatIsWhitedOutWithAllBelow) {
  EXPECT_THAT(merged({listing_of({directory_entry("d"), file_entry("d/x", "1"),
                                  file_entry("d-x", "1"), file_entry("f", "1")}),
                      listing_of({entry_of_type('w', "d"), entry_of_type('w', "f"),
                                  entry_of_type('w', "never-there")})}),
              ElementsAre("d-x:0"));
}

TEST(MergeLayers, EmptiesAnOpaqueDirectoryOfOlderThings) {
  EXPECT_THAT(merged({listing_of({directory_entry("d"), file_entry("d/old", "1")}),
                      listing_of({opaque_entry("d"), file_entry("d/new", "2")})}),
              ElementsAre("d:1", "d/new:1"));
}

TEST(MergeLayers, PutsAFileInThePlaceOfADirectory) {
  EXPECT_THAT(merged({listing_of({directory_entry("d"), file_entry("d/x", "1")}),
                      listing_of({file_entry("d", "2")})}),
              ElementsAre("d:1"));
}

TEST(MergeLayers, BringsBackWhatAMiddleLayerRemoved) {
  EXPECT_THAT(merged({listing_of({file_entry("f", "1")}), listing_of({entry_of_type('w', "f")}),
                      listing_of({file_entry("f", "3")})}),
              ElementsAre("f:2"));
}

TEST(MergeLayers, KeepsWhatIsSaidOfADirectoryThatAnUpperLayerOnlyImplies) {
  EXPECT_THAT(merged({listing_of({directory_entry("srv", 0700)}),
                      listing_of({implied_entry("srv"), file_entry("srv/x", "2")})}),
              ElementsAre("srv:0", "srv/x:1"));
}

// Real layers on the disk, put together both ways.
class WrittenTree : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "needs root";
  }

  std::string at(const std::string& path) const { return bench_.path() / path; }

  void whiteout(const std::string& path) const {
    fs::create_directories(fs::path(at(path)).parent_path());
    ASSERT_EQ(mknod(at(path).c_str(), S_IFCHR, makedev(0, 0)), 0);
  }
  void mark(const std::string& path, const std::string& name) const {
    ASSERT_EQ(lsetxattr(at(path).c_str(), name.c_str(), "y", 1, 0), 0);
  }

  SourceLayer layer(const std::string& name) {
    fs::create_directories(at(name));
    listings_.push_back(seal_tree(at(name), 1000));
    return {at(name), &listings_.back()};
  }

  // The tree as a listing, once written whole.
  std::string written(const std::vector<SourceLayer>& layers) const {
    fs::create_directories(at("whole"));
    write_tree(layers, merge_layers(layers), at("whole"));
    return list_tree(at("whole")).text();
  }
  // The same, the lower layers first and the topmost laid over them.
  std::string laid(const std::vector<SourceLayer>& layers) const {
    const std::vector<SourceLayer> lower(layers.begin(), layers.end() - 1);
    fs::create_directories(at("laid"));
    write_tree(lower, merge_layers(lower), at("laid"));
    lay_over(layers.back(), at("laid"));
    return list_tree(at("laid")).text();
  }

  testing::Workbench bench_;
  std::list<Listing> listings_;
};

TEST_F(WrittenTree, IsTheOneLayerThatItIsMadeOf) {
  bench_.write("one/etc/motd", "hello");
  fs::create_symlink("motd", at("one/etc/link"));
  fs::create_hard_link(at("one/etc/motd"), at("one/etc/twin"));
  chmod(at("one/etc/motd").c_str(), 04711);
  fs::permissions(at("one"), fs::perms(0755));
  const SourceLayer one = layer("one");
  EXPECT_EQ(written({one}), one.listing->text());
}

TEST_F(WrittenTree, IsTheSameWholeAndLaidOver) {
  bench_.write("one/etc/motd", "old");
  bench_.write("one/var/cache/x", "x");
  bench_.write("one/opt/old/y", "y");
  bench_.write("one/srv/a", "a");
  bench_.write("two/etc/motd", "new");
  bench_.write("two/opt/old/z", "z");
  mark("two/opt/old", "trusted.overlay.opaque");
  bench_.write("two/srv", "a file now");
  whiteout("two/var/cache");
  const std::vector<SourceLayer> layers = {layer("one"), layer("two")};
  const std::string whole = written(layers);
  EXPECT_EQ(laid(layers), whole);
  EXPECT_FALSE(fs::exists(at("whole/var/cache")));
  EXPECT_FALSE(fs::exists(at("whole/opt/old/y")));
  EXPECT_EQ(bench_.read("whole/srv"), "a file now");
}

TEST_F(WrittenTree, KeepsTheAttributesOfImpliedDirectoriesWholeAndLaidOver) {
  bench_.write("one/srv/a", "a");
  chmod(at("one/srv").c_str(), 0711);
  bench_.write("two/srv/b", "b");
  mark("two", "trusted.baker.implied");
  mark("two/srv", "trusted.baker.implied");
  const std::vector<SourceLayer> layers = {layer("one"), layer("two")};
  const std::string whole = written(layers);
  EXPECT_EQ(list_tree(at("whole")).find("srv")->mode, 0711u);
  EXPECT_EQ(laid(layers), whole);
}

TEST_F(WrittenTree, HasNoAttributesOfADirectoryThatTheUpperLayerHasWithoutThem) {
  bench_.write("one/srv/a", "a");
  ASSERT_EQ(lsetxattr(at("one/srv").c_str(), "user.old", "y", 1, 0), 0);
  bench_.write("two/srv/b", "b");
  const std::vector<SourceLayer> layers = {layer("one"), layer("two")};
  EXPECT_EQ(laid(layers), written(layers));
  EXPECT_TRUE(list_tree(at("laid")).find("srv")->xattrs.empty());
}

TEST_F(WrittenTree, KeepsTheAttributesOfADirectoryThatWasRemovedAndIsImpliedAnew) {
  bench_.write("one/srv/a", "a");
  chmod(at("one/srv").c_str(), 0711);
  bench_.write("two/srv/b", "b");
  mark("two/srv", "trusted.baker.implied");
  mark("two/srv", "trusted.overlay.opaque");
  const std::vector<SourceLayer> layers = {layer("one"), layer("two")};
  const std::string whole = written(layers);
  EXPECT_EQ(laid(layers), whole);
  EXPECT_FALSE(fs::exists(at("laid/srv/a")));
}

TEST_F(WrittenTree, KeepsALinkedFileWhoseFirstNameWasReplaced) {
  bench_.write("one/a", "shared");
  fs::create_hard_link(at("one/a"), at("one/b"));
  fs::create_hard_link(at("one/a"), at("one/c"));
  bench_.write("two/a", "its own");
  written({layer("one"), layer("two")});
  EXPECT_EQ(bench_.read("whole/a"), "its own");
  EXPECT_EQ(bench_.read("whole/b"), "shared");
  EXPECT_TRUE(fs::equivalent(at("whole/b"), at("whole/c")));
  EXPECT_FALSE(fs::equivalent(at("whole/a"), at("whole/b")));
}

TEST_F(WrittenTree, KeepsHoles) {
  fs::create_directories(at("one"));
  bench_.write("one/sparse", "start");
  fs::resize_file(at("one/sparse"), 64 << 20);
  written({layer("one")});
  struct stat status;
  ASSERT_EQ(stat(at("whole/sparse").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 64 << 20);
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

}  // namespace
}  // namespace baker
