#include "cache/stack_copy.h"

#include "cache/layer_seal.h"
#include "engine/base/error.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/sealed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;

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

  StackLayer layer(const std::string& name) const {
    fs::create_directories(at(name));
    Listing listing =
        testing::sealed(at(name), {.epoch = 1000, .started = INT64_MAX, .root = nullptr});
    return {name, {}, name, at(name), std::move(listing)};
  }

  // The tree as a listing, once written whole.
  std::string written(const std::vector<StackLayer>& layers) const {
    fs::create_directories(at("whole"));
    copy_stack(Stack(layers), at("whole"));
    return std::string(list_tree(at("whole")).text());
  }
  // The same, the lower layers first and the topmost laid over them.
  std::string laid(const std::vector<StackLayer>& layers) const {
    fs::create_directories(at("laid"));
    copy_stack(Stack({layers.begin(), layers.end() - 1}), at("laid"));
    lay_over(layers.back().listing, layers.back().tree, at("laid"));
    return std::string(list_tree(at("laid")).text());
  }

  testing::Workbench bench_;
};

TEST_F(WrittenTree, IsTheOneLayerThatItIsMadeOf) {
  bench_.write("one/etc/motd", "hello");
  fs::create_symlink("motd", at("one/etc/link"));
  fs::create_hard_link(at("one/etc/motd"), at("one/etc/twin"));
  chmod(at("one/etc/motd").c_str(), 04711);
  fs::permissions(at("one"), fs::perms(0755));
  const StackLayer one = layer("one");
  EXPECT_EQ(written({one}), one.listing.text());
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
  const std::vector<StackLayer> layers = {layer("one"), layer("two")};
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
  const std::vector<StackLayer> layers = {layer("one"), layer("two")};
  const std::string whole = written(layers);
  EXPECT_EQ(list_tree(at("whole")).find("srv")->mode, 0711u);
  EXPECT_EQ(laid(layers), whole);
}

TEST_F(WrittenTree, HasNoAttributesOfADirectoryThatTheUpperLayerHasWithoutThem) {
  bench_.write("one/srv/a", "a");
  ASSERT_EQ(lsetxattr(at("one/srv").c_str(), "user.old", "y", 1, 0), 0);
  bench_.write("two/srv/b", "b");
  const std::vector<StackLayer> layers = {layer("one"), layer("two")};
  EXPECT_EQ(laid(layers), written(layers));
  EXPECT_TRUE(list_tree(at("laid")).find("srv")->xattrs.empty());
}

TEST_F(WrittenTree, HasADirectoryThatWasRemovedAndIsImpliedAnewAsANewOne) {
  bench_.write("one/srv/a", "a");
  chmod(at("one/srv").c_str(), 0711);
  bench_.write("two/srv/b", "b");
  mark("two/srv", "trusted.baker.implied");
  mark("two/srv", "trusted.overlay.opaque");
  const std::vector<StackLayer> layers = {layer("one"), layer("two")};
  const std::string whole = written(layers);
  EXPECT_EQ(laid(layers), whole);
  EXPECT_FALSE(fs::exists(at("laid/srv/a")));
  EXPECT_EQ(list_tree(at("laid")).find("srv")->mode, 0755u);
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
